//! A small world with what makes servicing hard: files that updates replace and put back in any
//! order, and service packs that lift all of them at once. It knows no host of the real model.

/// What happens to a few variables: values before and after. Parts of one event share no variable.
pub(crate) struct Part {
    pub(crate) variables: Vec<usize>,
    pub(crate) cases: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Variables with the number of their values, where everything begins, and what can happen: all
/// parts of an event at once.
pub(crate) struct Model {
    pub(crate) sizes: Vec<u16>,
    pub(crate) initial: Vec<u8>,
    pub(crate) events: Vec<Vec<Part>>,
}

/// Levels of the service pack.
const LEVELS: u8 = 3;

/// How large the world is: groups with files and updates of their own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) groups: usize,
    pub(crate) files: usize,
    pub(crate) updates: u8,
}

impl Scale {
    /// Versions of each file: one of every update and one of every level.
    fn versions(self) -> u8 {
        self.updates + LEVELS
    }

    /// Versions ascend: first level, first update, second level, second update, third level, and
    /// all further updates.
    fn version(self, update: u8) -> u8 {
        update + 1 + update.min(LEVELS - 1)
    }

    fn base(self, level: u8) -> u8 {
        level + level.min(self.updates)
    }
}

/// One group: for each update whether it is installed, for each file what each update saved, and
/// the file itself.
struct Group {
    records: Vec<usize>,
    files: Vec<(Vec<usize>, usize)>,
}

/// The world of a scale. Its first variable is the level.
pub(crate) fn model(scale: Scale) -> Model {
    let mut sizes = vec![u16::from(LEVELS)];
    let mut add = |size: u8| {
        sizes.push(u16::from(size));
        sizes.len() - 1
    };
    let mut groups = Vec::new();
    for _ in 0..scale.groups {
        let records = (0..scale.updates).map(|_| add(2)).collect();
        let mut files = Vec::new();
        for _ in 0..scale.files {
            let saved = (0..scale.updates).map(|_| add(scale.versions() + 1)).collect();
            files.push((saved, add(scale.versions())));
        }
        groups.push(Group { records, files });
    }
    let mut events = Vec::new();
    for group in &groups {
        for update in 0..scale.updates {
            events.push(install(scale, group, update));
            events.push(remove(scale, group, update));
        }
    }
    for level in 1..LEVELS {
        let below = (0..level).map(|before| (vec![before], vec![level])).collect();
        let mut lift = vec![Part { variables: vec![0], cases: below }];
        for (_, file) in groups.iter().flat_map(|group| &group.files) {
            let lifted = |version: u8| (vec![version], vec![version.max(scale.base(level))]);
            let cases = (0..scale.versions()).map(lifted).collect();
            lift.push(Part { variables: vec![*file], cases });
        }
        events.push(lift);
    }
    Model { initial: vec![0; sizes.len()], sizes, events }
}

/// Where the update is newer than the level: replaces older files and saves them.
fn install(scale: Scale, group: &Group, update: u8) -> Vec<Part> {
    let version = scale.version(update);
    let levels = (0..LEVELS).filter(|level| scale.base(*level) < version);
    let levels = levels.map(|level| (vec![level], vec![level])).collect();
    let record = group.records[usize::from(update)];
    let mut parts = vec![
        Part { variables: vec![0], cases: levels },
        Part { variables: vec![record], cases: vec![(vec![0], vec![1])] },
    ];
    for (saved, file) in &group.files {
        let replace = |before: u8| {
            let after = if before < version { vec![before + 1, version] } else { vec![0, before] };
            (vec![0, before], after)
        };
        let cases = (0..scale.versions()).map(replace).collect();
        parts.push(Part { variables: vec![saved[usize::from(update)], *file], cases });
    }
    parts
}

/// Puts back what was saved.
fn remove(scale: Scale, group: &Group, update: u8) -> Vec<Part> {
    let record = group.records[usize::from(update)];
    let mut parts = vec![Part { variables: vec![record], cases: vec![(vec![1], vec![0])] }];
    for (saved, file) in &group.files {
        let mut cases = Vec::new();
        for before in 0..scale.versions() {
            cases.push((vec![0, before], vec![0, before]));
            let put_back = |back: u8| (vec![back + 1, before], vec![0, back]);
            cases.extend((0..scale.versions()).map(put_back));
        }
        parts.push(Part { variables: vec![saved[usize::from(update)], *file], cases });
    }
    parts
}
