//! The detection core from outside: images, hives and trees in, evidence and verdicts out.

#[cfg(test)]
mod support;

#[cfg(test)]
mod asked;
#[cfg(test)]
mod edges;
#[cfg(test)]
mod forecasts;
#[cfg(test)]
mod hives;
#[cfg(test)]
mod images;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod pending;
#[cfg(test)]
mod platforms;
#[cfg(test)]
mod products;
#[cfg(test)]
mod resolution;
#[cfg(unix)]
#[cfg(test)]
mod trees;
#[cfg(test)]
mod verdicts;
