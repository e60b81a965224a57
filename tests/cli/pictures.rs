//! What `--svg` draws.
//!
//! Pictures are read by an XML reader that nothing of ours writes with.

use crate::{
    program::{catalog, folder, run, run_line, word},
    transcripts::keep,
};
use roxmltree::{Document, Node};
use std::{collections::BTreeMap, fs};

const INCIDENT: &str = "os:rtm sp2 +iis@rtm kb973917/v1";

/// The picture that a command draws, which exits with a code.
fn drawn(line: &str, code: i32) -> String {
    drawn_with(line, &[], code)
}

fn drawn_with(line: &str, more: &[&str], code: i32) -> String {
    let place = folder(&[]);
    let path = place.path().join("picture.svg");
    let words: Vec<&str> = line.split(' ').chain(more.iter().copied()).collect();
    let ended = run(&[&words, &["--svg", word(&path)][..]].concat());
    assert_eq!((ended.code, ended.stderr.as_str()), (code, ""), "{line}");
    // The picture comes beside the result.
    assert_eq!(ended.stdout, run(&words).stdout, "{line}");
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 1, "{line}");
    fs::read_to_string(&path).expect("the picture")
}

fn texts<'a>(picture: &'a Document<'a>) -> Vec<&'a str> {
    let texts = picture
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")));
    texts.filter_map(|node| node.text()).collect()
}

/// Nodes with a tag.
fn tagged<'a, 'i>(picture: &'a Document<'i>, name: &'a str) -> impl Iterator<Item = Node<'a, 'i>> {
    picture.descendants().filter(move |node| node.tag_name().name() == name)
}

fn number(node: Node<'_, '_>, name: &str) -> usize {
    let value = node.attribute(name).unwrap_or_else(|| panic!("no {name}: {node:?}"));
    value.parse().unwrap_or_else(|_| panic!("{name} is {value}"))
}

/// The grounds of the panels, in the order of the steps.
fn panels<'a, 'i>(picture: &'a Document<'i>) -> Vec<Node<'a, 'i>> {
    let is_panel =
        |node: &Node<'_, '_>| matches!(node.attribute("class"), Some("panel" | "fault" | "mends"));
    tagged(picture, "rect").filter(is_panel).collect()
}

/// How many files of each look a panel has.
fn marks(picture: &Document<'_>, panel: Node<'_, '_>) -> BTreeMap<String, usize> {
    let (left, top) = (number(panel, "x"), number(panel, "y"));
    let (right, bottom) = (left + number(panel, "width"), top + number(panel, "height"));
    let mut marks = BTreeMap::new();
    for node in tagged(picture, "use").filter(|node| node.first_element_child().is_some()) {
        let (x, y) = (number(node, "x"), number(node, "y"));
        if (left..right).contains(&x) && (top..bottom).contains(&y) {
            let class = node.attribute("class").expect("a class");
            let shape = node.attribute("href").expect("a shape").trim_start_matches("#ps-");
            *marks.entry(format!("{shape}: {class}")).or_default() += 1;
        }
    }
    marks
}

/// Classes of marks with their number, as they were worked out by hand.
fn expected(marks: &[(&str, usize)]) -> BTreeMap<String, usize> {
    marks.iter().map(|(mark, count)| ((*mark).to_owned(), *count)).collect()
}

/// A picture without its style sheet, which is the same in all.
fn without_style(picture: &str) -> String {
    let (before, rest) = picture.split_once("<style>").expect("a style sheet");
    let (_, behind) = rest.split_once("</style>").expect("its end");
    format!("{before}<style>...</style>{behind}")
}

#[test]
fn a_small_order_is_drawn_as_it_was_read_once() {
    keep("picture_run", &without_style(&drawn("run os:sp1 sp2 restart", 0)));
}

#[test]
fn the_incident_is_told_by_the_words_of_its_picture() {
    for (name, line) in [
        ("picture_words_incident", format!("repair {INCIDENT}")),
        ("picture_words_refused", "run os:rtm sp2 +iis@rtm kb973917/v2 sp2 sp2".to_owned()),
    ] {
        let picture = drawn(&line, i32::from(!name.ends_with("refused")));
        let picture = Document::parse(&picture).expect("XML");
        let told = ["title", "desc"].map(|name| {
            let root = picture.root_element();
            let mut children = root.children().filter(|node| node.tag_name().name() == name);
            children.next().and_then(|node| node.text()).expect("a text").to_owned()
        });
        keep(name, &format!("{}\n\n{}\n", told.join("\n"), texts(&picture).join("\n")));
    }
}

#[test]
fn each_file_has_the_mark_of_its_level_and_what_a_step_changed_is_not_pale() {
    let picture = drawn(&format!("repair {INCIDENT}"), 1);
    let picture = Document::parse(&picture).expect("XML");
    let panels = panels(&picture);
    let classes: Vec<_> = panels.iter().filter_map(|panel| panel.attribute("class")).collect();
    assert_eq!(classes, ["panel", "panel", "panel", "fault", "mends"]);
    // Five files of the system, forty of the three components; the update brings two of these.
    let files = [
        vec![("rtm: tone-0", 5)],
        vec![("sp2: tone-2", 5)],
        vec![("sp2: tone-2 as-before", 5), ("rtm: tone-0", 40)],
        vec![
            ("sp2: tone-2 as-before", 5),
            ("rtm: tone-0 as-before", 38),
            ("sp2-update: update", 2),
        ],
        vec![
            ("sp2: tone-2 as-before", 5),
            ("sp2: tone-2", 38),
            ("sp2-update: update as-before", 2),
        ],
    ];
    for (panel, files) in panels.into_iter().zip(files) {
        assert_eq!(marks(&picture, panel), expected(&files));
    }
}

#[test]
fn what_a_step_takes_away_and_what_waits_is_marked() {
    let picture = drawn("run os:sp2 +iis_ftp -iis_ftp", 0);
    let picture = Document::parse(&picture).expect("XML");
    let [_, with, without] = panels(&picture)[..] else { panic!("three panels") };
    // The service brings one file, and the common files are thirteen.
    assert_eq!(
        marks(&picture, with),
        expected(&[("sp2: tone-2 as-before", 5), ("sp2: tone-2", 14)])
    );
    let gone = expected(&[("sp2: tone-2 as-before", 18), ("gone: gone", 1)]);
    assert_eq!(marks(&picture, without), gone);
    let waits = drawn("run --assume A29=at-restart os:sp2 +iis_ftp kb975254", 1);
    let waits = Document::parse(&waits).expect("XML");
    let rings = tagged(&waits, "circle").filter(|node| node.attribute("class") == Some("waits"));
    // One file, and its mark in the legend.
    assert_eq!(rings.count(), 2);
    assert!(texts(&waits).contains(&"waits for a restart"));
}

#[test]
fn a_picture_needs_nothing_else_and_tells_a_screen_reader_what_it_is() {
    for (line, code) in [
        ("run os:rtm".to_owned(), 0),
        (format!("run {INCIDENT}"), 1),
        (format!("repair {INCIDENT}"), 1),
        ("repair os:rtm +iis sp2".to_owned(), 0),
        ("run --arch x64 os:sp1 +iis kb942830 sp2 -iis +iis@sp1".to_owned(), 1),
    ] {
        let text = drawn(&line, code);
        let picture = Document::parse(&text).expect("XML");
        let root = picture.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let first: Vec<_> = root.children().filter(Node::is_element).take(2).collect();
        let names: Vec<_> = first.iter().map(|node| node.tag_name().name()).collect();
        assert_eq!(names, ["title", "desc"]);
        let ids: Vec<_> = first.iter().filter_map(|node| node.attribute("id")).collect();
        assert_eq!(root.attribute("aria-labelledby"), Some(ids.join(" ").as_str()));
        for foreign in ["script", "image", "foreignObject", "a", "animate"] {
            assert_eq!(tagged(&picture, foreign).count(), 0, "{foreign}");
        }
        let style = tagged(&picture, "style").next().and_then(|node| node.text()).expect("CSS");
        assert!(style.contains("prefers-color-scheme: dark"));
        assert!(!style.contains("url(") && !style.contains("@import"));
        let shapes: Vec<_> =
            picture.descendants().filter_map(|node| node.attribute("id")).collect();
        for node in picture.descendants().filter(Node::is_element) {
            for attribute in node.attributes() {
                assert!(!attribute.name().starts_with("on"), "{}", attribute.name());
            }
            if let Some(link) = node.attribute("href") {
                assert!(shapes.contains(&link.trim_start_matches('#')), "{link}");
            }
            // Every class that is used has a look.
            for class in node.attribute("class").unwrap_or_default().split(' ') {
                let has_look = class.is_empty() || style.contains(&format!(".{class}"));
                assert!(has_look, "{class}");
            }
        }
    }
}

#[test]
fn the_same_order_gives_the_same_bytes() {
    let line = format!("repair {INCIDENT}");
    let one = drawn(&line, 1);
    assert_eq!(one, drawn(&format!("{line} -j 1"), 1));
    assert_eq!(one, drawn(&format!("{line} --json"), 1));
}

#[test]
fn long_orders_go_on_in_rows_and_nothing_leaves_the_picture() {
    let line = "run os:rtm sp1 sp2 +iis@rtm sp2 kb973917/v1 -sp2 sp2 -iis restart +iis +iis";
    let picture = drawn(line, 1);
    let picture = Document::parse(&picture).expect("XML");
    let panels = panels(&picture);
    assert_eq!(panels.len(), 12);
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    for panel in &panels {
        *rows.entry(number(*panel, "y")).or_default() += 1;
    }
    assert_eq!(rows.into_values().collect::<Vec<_>>(), [4, 4, 4]);
    let root = picture.root_element();
    let (width, height) = (number(root, "width"), number(root, "height"));
    for node in picture.descendants().filter(|node| node.attribute("y").is_some()) {
        let is_inside = |name, end| {
            let at: f64 = node.attribute(name).and_then(|at| at.parse().ok()).expect("a number");
            at >= 0.0 && at < f64::from(u32::try_from(end).expect("a picture"))
        };
        assert!(is_inside("x", width) && is_inside("y", height), "{node:?}");
    }
}

#[test]
fn strange_names_are_text_and_are_broken_where_they_do_not_fit() {
    let long = "x".repeat(300);
    let title = format!("title = \"<script>&\\\"'{long}\"");
    let folder = catalog(&[("components.toml", "title = \"IIS common files\"", &title)]);
    let more = ["--catalog", word(folder.path())];
    let picture = drawn_with("run os:sp2 +iis_common", &more, 0);
    assert!(picture.contains("&lt;script&gt;&amp;"), "{picture}");
    let picture = Document::parse(&picture).expect("XML");
    assert_eq!(tagged(&picture, "script").count(), 0);
    let texts = texts(&picture);
    let from = texts.iter().position(|text| text.starts_with("<script>")).expect("the title");
    // No line of a label is longer than its place; together they are the whole name.
    let lines: Vec<&str> = texts[from..].iter().take_while(|t| t.len() <= 30).copied().collect();
    assert!(lines.concat().starts_with(&format!("<script>&\"'{long}")), "{lines:?}");
    // The place has 109 pixels, and an `x` takes 7 of them at the least.
    assert!(lines.iter().filter(|line| line.contains('x')).all(|line| line.len() <= 17));
}

#[test]
fn a_picture_replaces_a_file_as_a_whole_and_never_one_that_was_read() {
    let place = folder(&[("old.svg", "old"), ("folder/file", "")]);
    let old = place.path().join("old.svg");
    let ended = run(&["run", "os:rtm", "--svg", word(&old)]);
    assert_eq!(ended.code, 0);
    assert!(fs::read_to_string(&old).expect("a picture").starts_with("<svg "));
    for name in ["missing/new.svg", "folder", "folder/file/new.svg"] {
        for command in ["run", "repair"] {
            let path = place.path().join(name);
            let ended = run(&[command, "os:rtm", "--svg", word(&path)]);
            assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{name}");
            assert!(ended.stderr.contains(word(&path)), "{}", ended.stderr);
            assert!(ended.stderr.contains("cannot be written"), "{}", ended.stderr);
        }
    }
    let same = place.path().join("folder").join("..").join("old.svg");
    let ended = run(&["run", "os:rtm", "--svg", word(&old), "--output", word(&same)]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains("the result goes there"), "{}", ended.stderr);
    let ended = run_line("repair os:rtm --svg -");
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains("`--svg` wants a file"), "{}", ended.stderr);
    let text = "id = \"a\"\ntitle = \"A\"\n[[verdict]]\nstatus = \"broken\"\nwhen = \"false\"\n";
    let rules = folder(&[("a.rule.toml", text)]);
    let rule = rules.path().join("a.rule.toml");
    let ended = run(&["run", "os:rtm", "--rule", word(&rule), "--svg", word(&rule)]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("it was read, and `--svg` would replace it"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&rule).expect("the rule"), text);
}
