//! Every reachable state of a transition system, with shortest paths
