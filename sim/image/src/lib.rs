//! A host as bytes: synthetic PE images, registry hives, a file tree
