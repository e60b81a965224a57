//! The model of servicing: a host and a step in, an outcome out
