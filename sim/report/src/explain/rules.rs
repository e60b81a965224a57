//! What rule files can ask, how their mistakes are called, and the rules of the corpus.

use crate::text::neutral;
use patchstate_harness::built_in_rules;
use patchstate_rules::{RULE_CODES, Rule};

/// A name and what it means.
type Entry = (&'static str, &'static str);

/// What stands in a rule file, and the fields and functions of its conditions.
const FIELDS: &[Entry] = &[
    (
        "rule-files",
        "Rules of your own, in files that end in .rule.toml: `id`, `title`, `description`, \
         `references`, `stands_for`, and [[verdict]] entries that are tried in order, each with \
         `status` and `when`, a condition in CEL (Common Expression Language). The first whose \
         condition is true decides; where none is, the host is consistent. A condition that \
         cannot be known makes the rule inconclusive, unless `false &&` or `true ||` on either \
         side settles it.",
    ),
    (
        "external-rules",
        "Programs as rules, in files that end in .external.toml: `id`, `title`, `description`, \
         `references`, `stands_for`, and `command`, a list of words. {folder} in a word stands for \
         the folder that holds the host's WINDOWS folder; where no word has it, it comes last. \
         `reads` lists the files, below the Windows folder, that the program looks at: its folder \
         then holds no others, hosts with the same of these files are asked about once, which \
         makes thousands of questions a few dozen, and where one slice has all of them, the rule \
         is proved right or wrong where slices come together; a hive shows all updates, and \
         none of several slices has these. What fails is then tried again before it counts for \
         all these hosts. But `scan` gives the program the folder that holds the real Windows \
         folder, with all files and with the names and letter case that they have there. In \
         reasons, {folder} stands for the folder. \
         `answers`: by exit code (0 consistent, 1 mismatch, unless what the program prints \
         begins with { or [, which then has to be a JSON object with a `status`), a table of exit \
         codes and statuses, or \"json\": the object, \
         with `status` and if it likes `reason`; other keys are not read. \
         `timeout_seconds` is for each answer, and \
         `memory_megabytes_max` for each process. With `protocol` = \"lines\" the program is \
         started once for each thread and stays: it reads the path of a folder a line, and writes \
         and flushes such an object a line, with the path as `folder`, until its input ends. What \
         it says of a folder must not depend on those before. A line more than it was asked for, \
         at any time, leaves the rule inconclusive about every host of the run. A program that \
         changes its folder is inconclusive about that host, and nobody else sees the change; \
         but the folder of `scan` is yours, and what is changed there stays so. \
         A crash, the end of its output, a time-out or an answer that makes no sense is \
         inconclusive; where it comes of a program that had answered before, a new one is asked \
         first. What the program writes to the error output is told with such a failure.",
    ),
    (
        "stands_for",
        "Key of a rule file. The statuses that the rule should report: of its verdicts they count \
         as positive, and of the truth. Without it: mismatch and broken.",
    ),
    ("os.product", "Rule field, a text. The product's name without its vendor."),
    ("os.arch", "Rule field, a text. The architecture: \"x86\", \"x64\" or \"ia64\"."),
    (
        "os.level",
        "Rule field, a level: \"rtm\", \"sp1\" or \"sp2\", in this order for < and >. What \
         registry and system files say of the operating system; unknown where they say nothing.",
    ),
    ("os.version", "Rule field, a version. That of the operating system's kernel."),
    (
        "file.present",
        "Rule field, true or false: file(\"system32/inetsrv/w3dt.dll\").present. Paths are \
         relative to the Windows folder. All other fields of a file that is not there are unknown.",
    ),
    (
        "file.version",
        "Rule field, a version. The fixed version of a file, to be compared with \
         version(\"6.0.3790.3959\"). Its numbers are .major, .minor, .build and .revision, in the \
         order in which they stand: here .build is 3790.",
    ),
    (
        "file.version_string",
        "Rule field, a text. The file version of the string table, with build string and branch. \
         Patched files exist in which it differs from the fixed version, which decides.",
    ),
    (
        "file.level",
        "Rule field, a level. The service pack that a file belongs to by its version; see lineage.",
    ),
    ("file.machine", "Rule field, a text. The machine that a file is for: \"i386\", \"amd64\"."),
    (
        "file.exports",
        "Rule function, true or false: file(PATH).exports(\"Name\"). Whether a file exports a \
         name, itself or by forwarding.",
    ),
    (
        "file.imports",
        "Rule function, true or false: file(PATH).imports(\"iisutil.dll\", \"Name\"). Whether a \
         file imports a name from a DLL; letter case of the DLL does not matter.",
    ),
    (
        "registry",
        "Rule function: registry('HKLM\\SOFTWARE\\...', 'Name'), a text, a number, or null where \
         there is no such value. Single quotes keep the backslashes. Only the hives SOFTWARE and \
         SYSTEM are read. REG_MULTI_SZ is one text with a line feed (\"\\n\") between each two, and \
         REG_BINARY a text of hexadecimal digits in lower case. Values of other types without a \
         text or number (REG_NONE, resource lists) can only be compared with null. After a crash, \
         and in a copy of a running machine's disk, a hive without a fitting log is unknown.",
    ),
    (
        "update.recorded",
        "Rule field, true or false: update(\"KB973917\").recorded. Whether the registry has a \
         record of an update, in any release.",
    ),
    (
        "update.release",
        "Rule field, a number from 1: the release that is recorded. Unknown where none is.",
    ),
    (
        "version",
        "Rule function: version(\"6.0.3790.3959\"), to be compared with versions of files. A text \
         in quotes alone would compare letter by letter, so it is a mistake.",
    ),
];

/// Names are found whatever stands between their words.
fn normal(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// The names of what a rule file can ask.
pub(super) fn fields() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

/// The explanation of a field, a code, or a rule of the corpus.
pub(super) fn explain(wanted: &str) -> Option<String> {
    let wanted = normal(wanted);
    let found = FIELDS.iter().find(|(name, _)| normal(name) == wanted);
    if let Some((name, text)) = found {
        return Some(format!("{name}\n\n{text}\n"));
    }
    if let Some(code) = RULE_CODES.iter().find(|code| code.name == wanted) {
        return Some(format!("{}\n\nMistake in a rule file. {}\n", code.name, code.explanation));
    }
    let rules = built_in_rules();
    rules.iter().find(|rule| normal(rule.id()) == wanted).map(|rule| of_rule(rule.as_ref()))
}

fn of_rule(rule: &dyn Rule) -> String {
    let stands_for: Vec<&str> = rule.stands_for().iter().map(|status| status.as_str()).collect();
    let mut text = format!(
        "{}\n\nRule of the corpus. {}.\n\nStands for {}. Written in {}.\n",
        neutral(rule.id()),
        neutral(rule.title()),
        stands_for.join(" and "),
        rule.source().name
    );
    for clause in rule.clauses() {
        let words: Vec<&str> = clause.text.split_whitespace().collect();
        text.push_str(&format!("\n    {}", neutral(&words.join(" "))));
    }
    text.push('\n');
    text
}

/// Every topic with its text, for a list.
pub(super) fn entries() -> Vec<(String, String)> {
    let own = |(name, text): &Entry| ((*name).to_owned(), (*text).to_owned());
    let fields = FIELDS.iter().map(own);
    let codes = RULE_CODES.iter().map(|code| {
        (code.name.to_owned(), format!("Mistake in a rule file. {}", code.explanation))
    });
    let rules = built_in_rules()
        .into_iter()
        .map(|rule| (rule.id().to_owned(), format!("Rule of the corpus. {}.", rule.title())));
    fields.chain(codes).chain(rules).collect()
}
