use patchstate_catalog::Catalog;
use patchstate_servicing::{ActionNames, Model, Scope, Switches};
use patchstate_space::Space;
use patchstate_terms::Architecture;
use std::{sync::Arc, time::Instant};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let catalog = Arc::new(Catalog::built_in());
    let arch = if args[0] == "x86" { Architecture::X86 } else { Architecture::X64 };
    let names = if args.len() > 1 {
        ActionNames {
            components: args[1].split(',').map(str::to_owned).collect(),
            updates: args[2].split(',').filter(|x| !x.is_empty()).map(str::to_owned).collect(),
            branches: false,
        }
    } else {
        ActionNames {
            components: catalog.components.iter().map(|c| c.id.clone()).chain(catalog.groups.iter().map(|g| g.id.clone())).collect(),
            updates: catalog.updates.iter().map(|u| u.id.clone()).collect(),
            branches: false,
        }
    };
    let whole = Model::new(Arc::clone(&catalog), arch, Switches::default()).unwrap();
    let steps = whole.search_steps(&names).unwrap();
    let mut scope = Scope { components: vec![], updates: vec![], share_slots: true };
    for n in &names.components {
        if let Some(c) = catalog.component_named(n) { scope.components.push(c); }
        if let Some(g) = catalog.group_named(n) { scope.components.extend(g.members.iter()); }
    }
    for n in &names.updates { scope.updates.push(catalog.update_named(n).unwrap()); }
    let model = Model::with_scope(catalog, arch, Switches::default(), scope).unwrap();
    let g = model.groups();
    println!("{} fields, {} shared, groups {:?}", model.value_counts().len(), g.shared.len(), g.groups.iter().map(|g| g.fields.len()).collect::<Vec<_>>());
    let start = Instant::now();
    let mut space = Space::new(model, steps.into_iter().map(|(_, a)| a).collect()).unwrap();
    println!("{:?}", start.elapsed());
    println!("{} hosts, {} nodes now, {} of the set", space.count(), space.diagrams().node_count(), { let h = space.hosts(); space.diagrams().nodes_of(&[h]) });
}
