//! The truth about a host, from the catalog's symbols, and its comparison with a verdict
