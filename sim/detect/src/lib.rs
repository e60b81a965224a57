//! The shared detection core: a file tree in, evidence and a verdict out
