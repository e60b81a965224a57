//! The codes of all diagnostics about OVAL documents.

patchstate_source::mistake_codes! {
    "oval":
    XML = "xml",
        "The file is not well-formed XML. One that ends too early was not fetched or saved \
         whole.";
    ENCODING = "encoding",
        "The bytes of the file are no text in the encoding that it has or names.";
    ENTITY = "entity",
        "The document declares entities. Their text could come from anywhere, so they are not \
         read.";
    TOO_LARGE = "too-large",
        "The file has more bytes, elements, texts or levels than are read.";
    NOT_OVAL = "not-oval",
        "The file is XML, and neither a document of OVAL 5 definitions nor a part of one.";
    NO_DEFINITION = "no-definition",
        "The document has no definition, so there is no rule in it.";
    DUPLICATE_ID = "duplicate-id",
        "Two elements of one kind have the same id.";
    MISSING_ATTRIBUTE = "missing-attribute",
        "An element lacks an attribute that the schema requires.";
    BAD_VALUE = "bad-value",
        "An attribute has a value that the schema does not allow.";
    UNKNOWN_ELEMENT = "unknown-element",
        "An element stands where the schema has none of that name.";
    MISSING_REFERENCE = "missing-reference",
        "A test, object, state, variable or definition is referred to and is not there. Whatever \
         needs it cannot be evaluated.";
    WRONG_KIND = "wrong-kind",
        "A reference leads to an element of another kind than the one that refers.";
    INCOMPLETE = "incomplete",
        "A definition of a folder of fragments needs what is not there, and is left out.";
    CIRCLE = "circle",
        "A definition or a set refers to itself, directly or through others.";
    NO_OBJECT = "no-object",
        "A test names no object, so there is nothing that it is about.";
    NO_PLATFORM = "no-platform",
        "A test belongs to no platform that OVAL knows.";
    NO_CRITERIA = "no-criteria",
        "A definition has no criteria, and so is never evaluated.";
    EMPTY_CRITERIA = "empty-criteria",
        "Criteria hold no criterion.";
    MISSING_ENTITY = "missing-entity",
        "An object lacks what it is about: a path and a name, or a hive, a key and a name.";
    BAD_SET = "bad-set",
        "A set holds neither objects nor two other sets, or both.";
    BAD_VARIABLE = "bad-variable",
        "A variable has no value, or more parts than it can have.";
    TOO_DEEP = "too-deep",
        "Criteria, sets or variables are nested more deeply than is read.";
    DEPRECATED = "deprecated",
        "A word went out of use in OVAL; it is told how it is read.";
    UNSUPPORTED = "unsupported",
        "The document is right, and this is not supported. Whatever needs it is an error, and a \
         rule with it inconclusive: never a guess.";
}
