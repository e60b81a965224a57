//! Facts of Windows Server 2003 servicing, each with its source and confidence
