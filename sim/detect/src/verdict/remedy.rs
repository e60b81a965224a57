//! Which updates would break a host, and the shortest way to a consistent one.
//!
//! **Owns** the search over [`Forecast`]s: breadth first, so that the first way found is a
//! shortest one, and within one length in the order in which steps are listed: service packs, then
//! recorded updates, then others. **Must never know** the rules of a step.

use super::{
    forecast::{Context, Forecast},
    recorded,
};
use patchstate_terms::{Status, Step, UpdateLabel};
use std::collections::{BTreeSet, VecDeque};

/// Longest remedy that is looked for, in steps.
const STEP_COUNT_MAX: usize = 12;
/// Most forecasts that are looked at. Files only rise and steps that change no troubled file are
/// left out, so that real hosts need a few dozen.
const FORECAST_COUNT_MAX: usize = 4096;

/// One step that the search can try.
#[derive(Clone, Copy, Debug)]
enum Move {
    ServicePack(patchstate_terms::Level),
    /// An update of the advisories, by place and release.
    Update(usize, u8),
    /// A recorded update that the core does not know, by place.
    UnknownUpdate(usize),
}

/// Updates that would be installed and leave the host broken, in order.
pub(super) fn would_break(context: &Context<'_>) -> Vec<UpdateLabel> {
    let mut labels = Vec::new();
    for (number, update) in context.known.updates.iter().enumerate() {
        for release in &update.releases {
            let after = context.with_update(&context.start, number, release, None);
            if after.is_some_and(|after| context.is_broken(&after)) {
                labels.push(recorded::label(context.known, &update.id, release.number));
            }
        }
    }
    labels.sort();
    labels
}

/// The remedy of a host that waits for a restart, given its status and its remedy after that;
/// `None` where these are not known.
pub(super) fn after_restart(status: Status, restarted: Option<(Status, Vec<Step>)>) -> Vec<Step> {
    if !matches!(status, Status::Broken | Status::Mismatch | Status::Drift) {
        return Vec::new();
    }
    match restarted {
        Some((Status::Consistent, _)) => vec![Step::Restart],
        Some((_, remedy)) if remedy.is_empty() => Vec::new(),
        Some((_, remedy)) => [vec![Step::Restart], remedy].concat(),
        None => Vec::new(),
    }
}

/// The shortest sequence of steps to a consistent host; empty where there is none.
pub(super) fn shortest(context: &Context<'_>) -> Vec<Step> {
    if context.is_beyond_help() {
        return Vec::new();
    }
    let moves = moves(context);
    let mut seen = BTreeSet::from([context.start.clone()]);
    let mut waiting = VecDeque::from([(context.start.clone(), Vec::new())]);
    while let Some((forecast, path)) = waiting.pop_front() {
        if path.len() >= STEP_COUNT_MAX {
            return Vec::new();
        }
        let troubled = context.troubled(&forecast);
        for step in &moves {
            let Some(after) = apply(context, &forecast, *step) else { continue };
            let is_useful = matches!(step, Move::ServicePack(_))
                || context.brings_nearer(&forecast, &after, &troubled);
            if !is_useful || seen.contains(&after) {
                continue;
            }
            let mut path = path.clone();
            path.push(*step);
            if context.is_consistent(&after) {
                return path.into_iter().filter_map(|step| written(context, step)).collect();
            }
            if seen.len() >= FORECAST_COUNT_MAX {
                return Vec::new();
            }
            seen.insert(after.clone());
            waiting.push_back((after, path));
        }
    }
    Vec::new()
}

/// All steps, in the order in which equals are preferred.
fn moves(context: &Context<'_>) -> Vec<Move> {
    let packs = context.known.service_packs.iter().map(|pack| Move::ServicePack(pack.level));
    let mut moves: Vec<Move> = packs.collect();
    moves.extend((0..context.unknown_updates.len()).map(Move::UnknownUpdate));
    // The recorded release first, then other releases of recorded updates, then the rest; the
    // latest release before earlier ones.
    let mut updates: Vec<(u8, usize, u8)> = Vec::new();
    for (number, update) in context.known.updates.iter().enumerate() {
        let recorded = context.start.release(number);
        for release in update.releases.iter().rev() {
            let rank = match recorded {
                0 => 2,
                recorded if recorded == release.number => 0,
                _ => 1,
            };
            updates.push((rank, number, release.number));
        }
    }
    updates.sort_by_key(|(rank, number, _)| (*rank, *number));
    moves.extend(updates.into_iter().map(|(_, number, release)| Move::Update(number, release)));
    moves
}

fn apply(context: &Context<'_>, forecast: &Forecast, step: Move) -> Option<Forecast> {
    match step {
        Move::ServicePack(level) => context.with_service_pack(forecast, level),
        Move::Update(number, release) => {
            let release = context.known.updates.get(number)?.release(release)?;
            context.with_update(forecast, number, release, None)
        }
        Move::UnknownUpdate(number) => context.with_unknown_update(forecast, number),
    }
}

fn written(context: &Context<'_>, step: Move) -> Option<Step> {
    let label = match step {
        Move::ServicePack(level) => return Some(Step::ApplyServicePack(level)),
        Move::Update(number, release) => {
            let update = context.known.updates.get(number)?;
            recorded::label(context.known, &update.id, release)
        }
        Move::UnknownUpdate(number) => {
            let unknown_update = context.unknown_updates.get(number)?;
            recorded::label(context.known, &unknown_update.id, unknown_update.release)
        }
    };
    Some(Step::InstallUpdate { update: label.update, release: label.release, branch: None })
}
