//! Which file of a crate takes a name from which other.
//!
//! **Owns** the reading of a crate's modules with `syn`, and what a path in one of them leads to:
//! the file that defines the name, whoever passes it on. Tests are left out. Methods are not seen,
//! for it takes types to tell whose they are; of what stands in a macro only paths of several
//! pieces are.
//!
//! **Must never know** which names may be taken from where.
//!
//! **Start reading** at [`ModuleGraph::read`].

use crate::{checkout, rust_source::is_test_file};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::{
    Attribute, Ident, Item, ItemMod, ItemUse, Meta, Token, UseTree, Visibility,
    punctuated::Punctuated,
    visit::{self, Visit},
};

/// The modules of one crate.
#[derive(Default)]
pub(crate) struct ModuleGraph {
    modules: Vec<Module>,
    /// What could not be read: the file, the line, and why.
    pub(crate) faults: Vec<(String, usize, String)>,
}

/// Where one file names what another one defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The path that is written there.
    pub(crate) path: String,
}

/// The edges of a crate, by the file that names and the file that defines.
pub(crate) type Edges = BTreeMap<String, BTreeMap<String, Edge>>;

#[derive(Default)]
struct Module {
    file: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// What it defines itself.
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// Every path that it names beside its imports, with the first line.
    mentions: BTreeMap<Vec<String>, usize>,
}

struct Import {
    /// The name it has here; none for `*`.
    name: Option<String>,
    path: Vec<String>,
    line: usize,
    /// Whether others get the name from here.
    is_passed_on: bool,
}

impl Module {
    /// The imports that give something this name.
    fn imports_of<'a>(&'a self, name: &'a String) -> impl Iterator<Item = &'a Import> {
        self.imports.iter().filter(move |import| import.name.as_ref() == Some(name))
    }
}

impl Import {
    /// Whether it takes something from what has the same name, `a::a`: that is a module of its own,
    /// or else another crate, and never the import.
    fn starts_from_itself(&self) -> bool {
        self.path.first() == self.name.as_ref()
    }
}

/// What is followed already, so that names that lead to each other end.
type Followed = BTreeSet<(usize, Vec<String>)>;

impl ModuleGraph {
    /// Reads a crate from its root file.
    pub(crate) fn read(texts: &BTreeMap<String, String>, root: &str) -> Self {
        let mut graph = Self::default();
        let folder = folder_of(root).to_owned();
        graph.read_file(texts, root, None, folder);
        graph
    }

    /// Reads a file as a module, whose own modules are in `folder`.
    fn read_file(
        &mut self,
        texts: &BTreeMap<String, String>,
        path: &str,
        parent: Option<usize>,
        folder: String,
    ) -> Option<usize> {
        let file = match syn::parse_file(texts.get(path).map_or("", String::as_str)) {
            Ok(file) => file,
            Err(error) => {
                let line = error.span().start().line;
                self.faults.push((path.to_owned(), line, format!("is not read: {error}")));
                return None;
            }
        };
        if is_only_for_tests(&file.attrs) {
            return None;
        }
        let module = self.add(path, parent);
        let mut reader = Reader { graph: self, texts, module, folder, bound: Vec::new() };
        reader.visit_file(&file);
        Some(module)
    }

    fn add(&mut self, file: &str, parent: Option<usize>) -> usize {
        self.modules.push(Module { file: file.to_owned(), parent, ..Module::default() });
        self.modules.len() - 1
    }

    fn module(&self, at: usize) -> &Module {
        &self.modules[at]
    }

    /// Every edge between two files.
    pub(crate) fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for (at, module) in self.modules.iter().enumerate() {
            let mut found: Vec<(usize, &Vec<String>, usize)> = Vec::new();
            for import in &module.imports {
                let targets = self.targets(at, import).into_iter();
                found.extend(targets.map(|target| (import.line, &import.path, target)));
            }
            for (path, line) in &module.mentions {
                let targets = self.resolve(at, path, &mut Followed::new()).into_iter();
                found.extend(targets.map(|target| (*line, path, target)));
            }
            found.sort();
            for (line, path, target) in found {
                let target = &self.module(target).file;
                if *target != module.file {
                    let edge = Edge { line, path: path.join("::") };
                    let from = edges.entry(module.file.clone()).or_default();
                    from.entry(target.clone()).or_insert(edge);
                }
            }
        }
        edges
    }

    /// The modules that a module depends on by one of its imports.
    fn targets(&self, at: usize, import: &Import) -> BTreeSet<usize> {
        let mut targets = self.resolve(at, &import.path, &mut Followed::new());
        if import.name.is_none() {
            targets.extend(self.named_module(at, &import.path, &mut Followed::new()));
        }
        // A parent that passes on what its child defines does not depend on it.
        targets.retain(|target| !(import.is_passed_on && self.is_within(*target, at)));
        targets
    }

    /// Whether a module is another one or below it.
    fn is_within(&self, module: usize, other: usize) -> bool {
        let mut at = Some(module);
        while let Some(here) = at {
            if here == other {
                return true;
            }
            at = self.module(here).parent;
        }
        false
    }

    /// The modules that define what a path names: several where a name stands for several things.
    fn resolve(&self, at: usize, path: &[String], followed: &mut Followed) -> BTreeSet<usize> {
        let (start, rest, is_anchored) = self.start(at, path);
        let Some(start) = start.filter(|_| followed.insert((at, path.to_vec()))) else {
            return BTreeSet::new();
        };
        match self.look_up(start, rest, followed) {
            Some(found) => found,
            // What a macro makes, for instance.
            None if is_anchored && !rest.is_empty() => BTreeSet::from([start]),
            None => BTreeSet::new(),
        }
    }

    /// The module that a path starts from, the rest of it, and whether it says so itself.
    fn start<'a>(&self, at: usize, path: &'a [String]) -> (Option<usize>, &'a [String], bool) {
        let (mut module, mut rest, mut is_anchored) = (Some(at), path, false);
        while let [first, behind @ ..] = rest {
            module = match first.as_str() {
                "crate" => Some(0),
                "self" => module,
                "super" => module.and_then(|module| self.module(module).parent),
                _ => break,
            };
            (rest, is_anchored) = (behind, true);
        }
        (module, rest, is_anchored)
    }

    /// The same from inside a module; `None` where it does not know the name.
    fn look_up(
        &self,
        at: usize,
        path: &[String],
        followed: &mut Followed,
    ) -> Option<BTreeSet<usize>> {
        let (name, rest) = path.split_first()?;
        let module = self.module(at);
        let child = module.children.get(name);
        if let Some(child) = child.filter(|_| !rest.is_empty()) {
            let found = self.look_up(*child, rest, followed);
            return Some(found.unwrap_or_else(|| BTreeSet::from([*child])));
        }
        // A module that is only named: what is taken from it counts.
        let mut found = child.map(|_| BTreeSet::new());
        if module.items.contains(name) {
            found.get_or_insert_default().insert(at);
        }
        for import in
            module.imports_of(name).filter(|it| child.is_some() || !it.starts_from_itself())
        {
            let path = [&import.path, rest].concat();
            found.get_or_insert_default().extend(self.resolve(at, &path, followed));
        }
        found.or_else(|| {
            let globs = module.imports.iter().filter(|import| import.name.is_none());
            let modules = globs.filter_map(|glob| self.named_module(at, &glob.path, followed));
            let modules: Vec<usize> = modules.collect();
            modules.into_iter().find_map(|target| {
                followed.insert((target, path.to_vec())).then_some(())?;
                self.look_up(target, path, followed)
            })
        })
    }

    /// The module of this crate that a path names, if it names one.
    fn named_module(&self, at: usize, path: &[String], followed: &mut Followed) -> Option<usize> {
        let (start, rest, _) = self.start(at, path);
        let mut here = start?;
        for (depth, name) in rest.iter().enumerate() {
            let module = self.module(here);
            if let Some(child) = module.children.get(name) {
                here = *child;
                continue;
            }
            let import = module.imports_of(name).find(|import| !import.starts_from_itself())?;
            let path = [&import.path, rest.get(depth + 1..)?].concat();
            followed.insert((here, path.clone())).then_some(())?;
            return self.named_module(here, &path, followed);
        }
        Some(here)
    }
}

/// Reads one module.
struct Reader<'a> {
    graph: &'a mut ModuleGraph,
    texts: &'a BTreeMap<String, String>,
    module: usize,
    /// Where the files of its own modules are.
    folder: String,
    /// What the functions that are being read bind: such a name leads to no other file.
    bound: Vec<BTreeSet<String>>,
}

impl Reader<'_> {
    fn here(&mut self) -> &mut Module {
        &mut self.graph.modules[self.module]
    }

    fn mention(&mut self, path: Vec<String>, line: usize) {
        self.here().mentions.entry(path).or_insert(line);
    }

    fn read_module(&mut self, item: &ItemMod) {
        let name = plain(&item.ident);
        let inside = join(&self.folder, &name);
        let child = if let Some((_, items)) = &item.content {
            let file = self.here().file.clone();
            let module = self.graph.add(&file, Some(self.module));
            let (graph, texts) = (&mut *self.graph, self.texts);
            let bound = Vec::new();
            let mut reader = Reader { graph, texts, module, folder: inside, bound };
            for item in items {
                reader.visit_item(item);
            }
            Some(module)
        } else {
            self.read_module_file(item, &inside)
        };
        if let Some(child) = child {
            self.here().children.insert(name, child);
        }
    }

    fn read_module_file(&mut self, item: &ItemMod, inside: &str) -> Option<usize> {
        let here = self.here().file.clone();
        let (beside, below) = (format!("{inside}.rs"), join(inside, "mod.rs"));
        let stated = stated_path(&item.attrs).map(|stated| checkout::beside(&here, &stated));
        let file = stated.as_ref().unwrap_or(&beside);
        let file = if self.texts.contains_key(file) { file } else { &below };
        if is_test_file(file) {
            return None;
        }
        if !self.texts.contains_key(file) {
            let line = item.ident.span().start().line;
            let says = format!("the file of module `{}` is not found", item.ident);
            self.graph.faults.push((here, line, says));
            return None;
        }
        let folder = if file == &beside { inside } else { folder_of(file) };
        self.graph.read_file(self.texts, file, Some(self.module), folder.to_owned())
    }

    fn read_use(&mut self, item: &ItemUse) {
        if item.leading_colon.is_some() {
            return;
        }
        let is_passed_on = !matches!(item.vis, Visibility::Inherited);
        self.read_tree(&item.tree, &[], is_passed_on);
    }

    fn read_tree(&mut self, tree: &UseTree, before: &[String], is_passed_on: bool) {
        let mut import = |name: Option<&Ident>, last: &Ident| {
            let mut path = before.to_vec();
            let own = plain(last);
            // `a::{self}` is `a`.
            let name = name.map(plain).map(|name| match path.last() {
                Some(module) if name == "self" => module.clone(),
                _ => name,
            });
            if own != "self" || path.is_empty() {
                path.push(own);
            }
            let line = last.span().start().line;
            self.here().imports.push(Import { name, path, line, is_passed_on });
        };
        match tree {
            UseTree::Path(path) => {
                let before = [before, &[plain(&path.ident)]].concat();
                self.read_tree(&path.tree, &before, is_passed_on);
            }
            UseTree::Name(name) => import(Some(&name.ident), &name.ident),
            UseTree::Rename(name) => import(Some(&name.rename), &name.ident),
            UseTree::Glob(glob) => {
                let line = glob.star_token.span.start().line;
                let path = before.to_vec();
                self.here().imports.push(Import { name: None, path, line, is_passed_on });
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.read_tree(tree, before, is_passed_on));
            }
        }
    }

    /// The paths of several pieces in what a macro is given.
    fn scan(&mut self, tokens: &TokenStream) {
        let (mut path, mut line, mut colons) = (Vec::new(), 0, 0);
        for token in tokens.clone() {
            match &token {
                TokenTree::Ident(ident) if colons == 2 && !path.is_empty() => {
                    path.push(plain(ident));
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                _ => {}
            }
            self.mention_scanned(&mut path, line);
            colons = 0;
            match token {
                TokenTree::Ident(ident) => {
                    line = ident.span().start().line;
                    path.push(plain(&ident));
                }
                TokenTree::Group(group) => self.scan(&group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        self.mention_scanned(&mut path, line);
    }

    fn mention_scanned(&mut self, path: &mut Vec<String>, line: usize) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.mention(path, line);
        }
    }
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_item(&mut self, item: &'a Item) {
        let (attributes, name) = described(item);
        if is_only_for_tests(attributes) {
            return;
        }
        self.here().items.extend(name.map(plain));
        match item {
            Item::Mod(item) => self.read_module(item),
            Item::Use(item) => self.read_use(item),
            item => visit::visit_item(self, item),
        }
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.bound.push(Bound::of(|names| names.visit_item_fn(item)));
        visit::visit_item_fn(self, item);
        self.bound.pop();
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        if !is_only_for_tests(&item.attrs) {
            self.bound.push(Bound::of(|names| names.visit_impl_item_fn(item)));
            visit::visit_impl_item_fn(self, item);
            self.bound.pop();
        }
    }

    fn visit_expr_path(&mut self, expr: &'a syn::ExprPath) {
        let name = expr.path.get_ident().map(plain);
        let is_bound = |name: &String| self.bound.iter().any(|bound| bound.contains(name));
        if !name.as_ref().is_some_and(is_bound) {
            visit::visit_expr_path(self, expr);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let first = path.segments.first().filter(|_| path.leading_colon.is_none());
        if let Some(first) = first {
            let line = first.ident.span().start().line;
            let pieces = path.segments.iter().map(|segment| plain(&segment.ident));
            self.mention(pieces.collect(), line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, node: &'a syn::Macro) {
        self.visit_path(&node.path);
        self.scan(&node.tokens);
    }

    // What a derive is told of a field: `#[arg(value_parser = words::Offered)]`.
    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.scan(&list.tokens);
        }
    }

    // The module that a name is visible in is not used by that.
    fn visit_visibility(&mut self, _: &'a Visibility) {}
}

/// The names that a function binds.
#[derive(Default)]
struct Bound(BTreeSet<String>);

impl Bound {
    fn of(read: impl FnOnce(&mut Self)) -> BTreeSet<String> {
        let mut bound = Self::default();
        read(&mut bound);
        bound.0
    }
}

impl<'a> Visit<'a> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'a syn::PatIdent) {
        let name = plain(&pattern.ident);
        // A constant is written like a name that is bound.
        if name.starts_with(|first: char| first.is_lowercase() || first == '_') {
            self.0.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }
}

/// The attributes of an item, and its name if others can use it.
fn described(item: &Item) -> (&[Attribute], Option<&Ident>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::ExternCrate(item) => (&item.attrs, None),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::ForeignMod(item) => (&item.attrs, None),
        Item::Impl(item) => (&item.attrs, None),
        Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        Item::Mod(item) => (&item.attrs, None),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::TraitAlias(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        Item::Union(item) => (&item.attrs, Some(&item.ident)),
        Item::Use(item) => (&item.attrs, None),
        // Of what is not understood all is looked at, as not only for tests.
        _ => (&[], None),
    }
}

/// Whether what has these attributes is there in tests only.
fn is_only_for_tests(attributes: &[Attribute]) -> bool {
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    let mut conditions = conditions.filter_map(|condition| condition.parse_args::<Meta>().ok());
    conditions.any(|condition| holds_outside_tests(&condition) == Some(false))
}

/// Whether a condition holds where nothing is tested; `None` where that depends on more.
fn holds_outside_tests(condition: &Meta) -> Option<bool> {
    let list = match condition {
        Meta::Path(path) => return path.is_ident("test").then_some(false),
        Meta::NameValue(_) => return None,
        Meta::List(list) => list,
    };
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let parts: Vec<Option<bool>> = parts.iter().map(holds_outside_tests).collect();
    // What decides alone: one that fails of `all`, one that holds of `any`.
    let decides = list.path.is_ident("any");
    if list.path.is_ident("not") {
        parts.first().copied().flatten().map(|holds| !holds)
    } else if parts.contains(&Some(decides)) {
        Some(decides)
    } else {
        parts.iter().all(Option::is_some).then_some(!decides)
    }
}

/// The file that `#[path = ".."]` states.
fn stated_path(attributes: &[Attribute]) -> Option<String> {
    let stated = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let syn::Expr::Lit(value) = &stated.meta.require_name_value().ok()?.value else { return None };
    let syn::Lit::Str(value) = &value.lit else { return None };
    Some(value.value())
}

/// A name without the mark that makes a keyword one.
fn plain(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
