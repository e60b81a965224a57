//! The search against textbooks: distances by relaxation, and the order of a plain search.

use super::*;
use proptest::prelude::*;

#[derive(Debug)]
/// A graph by its edges: `edges[state][action]`.
struct Graph {
    initial: Vec<u8>,
    edges: Vec<Vec<Option<u8>>>,
}

impl Space for Graph {
    type State = u8;
    fn vacant(&self) -> u8 {
        u8::MAX
    }
    fn initial(&self) -> Vec<u8> {
        self.initial.clone()
    }
    fn action_count(&self) -> usize {
        3
    }
    fn next(&self, state: &u8, action: usize) -> Option<u8> {
        self.edges[usize::from(*state)][action]
    }
}

fn graphs() -> impl Strategy<Value = Graph> {
    let edges = prop::collection::vec(prop::option::of(0_u8..20), 3);
    (prop::collection::vec(0_u8..20, 1..3), prop::collection::vec(edges, 20))
        .prop_map(|(initial, edges)| Graph { initial, edges })
}

/// Distances by the textbook: relax all edges until nothing changes.
fn distances(graph: &Graph) -> Vec<Option<usize>> {
    let mut distances = vec![None; 20];
    for state in &graph.initial {
        distances[usize::from(*state)] = Some(0);
    }
    for _ in 0..20 {
        for (from, edges) in graph.edges.iter().enumerate() {
            for to in edges.iter().flatten() {
                let through = distances[from].map(|d: usize| d + 1);
                let to = &mut distances[usize::from(*to)];
                *to = match (*to, through) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
        }
    }
    distances
}

proptest! {
    #[test]
    fn every_reachable_state_is_reached_by_a_shortest_path(graph in graphs()) {
        let found = explore(&graph, &Bounds::default(), &|_| {});
        let distances = distances(&graph);
        let reachable = distances.iter().flatten().count();
        prop_assert_eq!(found.states().len(), reachable);
        prop_assert_eq!(Some(found.depth()), distances.iter().flatten().copied().max());
        let mut transitions = 0;
        for state in 0..20 {
            let is_reachable = distances[usize::from(state)].is_some();
            prop_assert_eq!(found.find(&state).is_some(), is_reachable);
        }
        for (id, state) in found.iter() {
            prop_assert_eq!(found.find(state), Some(id));
            let (start, actions) = found.path(id);
            prop_assert_eq!(Some(actions.len()), distances[usize::from(*state)]);
            let mut at = found.states()[start.0 as usize];
            prop_assert!(graph.initial.contains(&at));
            for action in actions {
                at = graph.next(&at, action).unwrap();
            }
            prop_assert_eq!(at, *state);
            transitions += graph.edges[usize::from(*state)].iter().flatten().count() as u64;
        }
        prop_assert_eq!(found.transition_count(), transitions);
        prop_assert!(found.is_complete());
    }

    #[test]
    fn a_bound_that_hides_a_state_is_reported(graph in graphs(), limit in 0_usize..20) {
        let whole = explore(&graph, &Bounds::default(), &|_| {});
        let bounds = Bounds { state_count_max: Some(limit), depth_max: None };
        let bounded = explore(&graph, &bounds, &|_| {});
        prop_assert_eq!(bounded.is_complete(), whole.states().len() <= limit);
        prop_assert_eq!(bounded.states(), &whole.states()[..limit.min(whole.states().len())]);
        let longest = bounded.iter().map(|(id, _)| bounded.path(id).1.len()).max();
        prop_assert_eq!(bounded.depth(), longest.unwrap_or(0));
        let bounds = Bounds { state_count_max: None, depth_max: Some(limit) };
        let bounded = explore(&graph, &bounds, &|_| {});
        prop_assert_eq!(bounded.is_complete(), whole.depth() <= limit);
        prop_assert!(bounded.depth() <= limit);
        // The last states are asked where they lead, and not followed.
        let near = distances(&graph).into_iter().zip(&graph.edges);
        let near = near.filter(|(depth, _)| depth.is_some_and(|depth| depth <= limit));
        let transitions = near.map(|(_, edges)| edges.iter().flatten().count() as u64).sum::<u64>();
        prop_assert_eq!(bounded.transition_count(), transitions);
    }
}

/// A corner of a grid, from which every action goes one place further along one axis. The middle
/// levels are wider than one chunk, and most states are reached in four ways.
struct Grid;

/// Places along each axis.
const LENGTH: u32 = 32;

impl Space for Grid {
    type State = u32;
    fn vacant(&self) -> u32 {
        u32::MAX
    }
    fn initial(&self) -> Vec<u32> {
        vec![0]
    }
    fn action_count(&self) -> usize {
        4
    }
    fn next(&self, state: &u32, action: usize) -> Option<u32> {
        let along = LENGTH.pow(u32::try_from(action).unwrap());
        (state / along % LENGTH + 1 < LENGTH).then_some(state + along)
    }
}

#[test]
fn any_number_of_threads_reaches_states_in_the_order_of_a_plain_search() {
    let mut plain = vec![(0, None)];
    let mut seen = std::collections::BTreeSet::from([0]);
    let mut at = 0;
    while let Some((state, _)) = plain.get(at).copied() {
        for action in 0..Grid.action_count() {
            let next = Grid.next(&state, action);
            plain.extend(next.filter(|next| seen.insert(*next)).map(|n| (n, Some((at, action)))));
        }
        at += 1;
    }
    let mut widest = 0;
    let frontier = std::sync::Mutex::new(&mut widest);
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| {
            explore(&Grid, &Bounds::default(), &|told| {
                let mut widest = frontier.lock().unwrap();
                **widest = (**widest).max(told.frontier);
            })
        });
        let from =
            |p: &Predecessor| (p.from != NONE).then_some((p.from as usize, p.action as usize));
        let states = found.states.iter().copied().zip(found.predecessors.iter().map(from));
        assert!(states.eq(plain.iter().copied()), "{threads} threads");
    }
    assert!(widest > 2 * divided::CHUNK_MAX, "no level of {widest} states is worth dividing");
}

#[test]
fn a_bound_stops_any_number_of_threads_at_the_same_place() {
    // One thread alone adds states as it goes up to the first of these, and sifts up to the second.
    for limit in [50_000, 200_000] {
        let bounds = Bounds { state_count_max: Some(limit), depth_max: None };
        let stopped = (1..=3).map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| explore(&Grid, &bounds, &|_| {}));
            let stopped_by = Some(Bound::States(limit));
            assert_eq!((found.stopped_by(), found.states.len()), (stopped_by, limit));
            (found.states, found.depth, found.transition_count)
        });
        let stopped: Vec<_> = stopped.collect();
        assert!(stopped.iter().all(|one| *one == stopped[0]), "{limit}");
    }
}

#[test]
fn progress_is_told_for_every_level() {
    let edges = (1..=20).map(|to| vec![Some(to % 20), None, None]).collect();
    let graph = Graph { initial: vec![0], edges };
    let told = std::sync::Mutex::new(Vec::new());
    explore(&graph, &Bounds::default(), &|p| told.lock().unwrap().push((p.depth, p.states)));
    let expected: Vec<_> = (0..20).map(|depth| (depth, depth + 1)).collect();
    assert_eq!(told.into_inner().unwrap(), expected);
}
