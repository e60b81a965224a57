//! What `inspect` shows of every malformed shape.

use patchstate_test_support::malformed::shapes;

/// Whether a character does something to a terminal, or to the order of letters.
fn is_harmful(c: char) -> bool {
    c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c)
}

#[test]
fn what_a_person_sees_of_every_shape_is_harmless_and_what_a_program_gets_is_exact() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut files = Vec::new();
    for shape in shapes() {
        let path = folder.path().join(format!("{}.bin", shape.name));
        std::fs::write(&path, &shape.bytes).expect("a file");
        files.push(path);
    }
    let run = |flag: &str| {
        let mut program = assert_cmd::Command::new(env!("CARGO_BIN_EXE_patchstate"));
        let output = program.args(["inspect", flag]).args(&files).output().expect("it runs");
        // Some cannot be read, and one has two versions that differ: a finding.
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        String::from_utf8(output.stdout).expect("text")
    };
    let shown = run("-v");
    assert!(!shown.contains(is_harmful));
    assert!(shown.contains(r"\u{1b}[m") && shown.contains(r"\u{1b}[31m\u{202e}made"), "{shown}");
    let object: serde_json::Value = serde_json::from_str(&run("--json")).expect("JSON");
    let inspected = object["files"].as_array().expect("files");
    assert_eq!(inspected.len(), files.len());
    let named = |name: &str| {
        let ending = format!("{name}.bin");
        let mut found =
            inspected.iter().filter(|f| f["path"].as_str().is_some_and(|p| p.ends_with(&ending)));
        found.next().expect("it was inspected")
    };
    assert_eq!(named("export-name-with-escapes")["exports"]["names"][0], "\u{1b}[m");
    assert_eq!(named("sections-97")["readable"], false);
}
