//! The only place of this program that prints.

/// Prints a line of the result.
#[expect(clippy::print_stdout, reason = "the one place that prints results")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// Prints a line about what is going on or went wrong.
#[expect(clippy::print_stderr, reason = "the one place that prints progress and mistakes")]
pub(crate) fn warn(line: &str) {
    eprintln!("{line}");
}

/// Rows as columns of equal width, the first row as a heading.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
