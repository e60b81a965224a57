//! The names of a hive: all keys, and the values of one, for those who look for some that are like
//! something.
//!
//! **Owns** the walk through a hive and its bounds. **Must never know** what is looked for.
//!
//! **Start reading** at [`RegistryEvidence::keys`].

use crate::{
    hive::{HiveError, HiveKey},
    registry::{CURRENT_CONTROL_SET, RegistryEvidence, Unknown, real_key, unknown},
};
use patchstate_terms::Hive;

/// Most keys of a hive, and most bytes of their paths. A hive of Windows Server 2003 with much
/// installed has about 100,000 keys with 80 bytes each.
const KEY_COUNT_MAX: usize = 1 << 19;
const PATH_BYTES_MAX: usize = 64 << 20;
/// Deepest key; Windows has at most 512.
const DEPTH_MAX: usize = 512;

impl RegistryEvidence {
    /// All keys of a hive, spelled as in it, by their paths below its root, which is the empty
    /// path. `CurrentControlSet` is among them, with what it stands for below it.
    ///
    /// # Errors
    /// When the hive is not there, cannot be read as a whole, or has more keys than are read.
    pub fn keys(&self, hive: Hive) -> Result<Vec<String>, Unknown> {
        let opened = self.opened(hive)?;
        let mut walk = Walk { found: vec![String::new()], bytes: 0 };
        walk.below(opened.root()?, "")?;
        let current = real_key(&opened, hive, CURRENT_CONTROL_SET)?;
        if current != CURRENT_CONTROL_SET
            && let Some(key) = opened.key(&current)?
        {
            let alias = CURRENT_CONTROL_SET.trim_end_matches('\\');
            walk.add(alias.to_owned())?;
            walk.below(key, alias)?;
        }
        Ok(walk.found)
    }

    /// The names of the values of a key, spelled as in the hive; none where it is not there. The
    /// empty name is that of the default value.
    ///
    /// # Errors
    /// When the hive is not there or the key cannot be read.
    pub fn value_names(&self, hive: Hive, key: &str) -> Result<Vec<String>, Unknown> {
        let opened = self.opened(hive)?;
        // As for keys: the separator makes `CurrentControlSet` alone what it stands for.
        let path = real_key(&opened, hive, &format!(r"{key}\"))?;
        let Some(key) = opened.key(&path)? else { return Ok(Vec::new()) };
        Ok(key.values()?.into_iter().map(|(name, _)| name).collect())
    }
}

struct Walk {
    found: Vec<String>,
    bytes: usize,
}

impl Walk {
    /// Adds all keys below one.
    fn below(&mut self, key: HiveKey<'_>, path: &str) -> Result<(), Unknown> {
        let mut open = vec![(key, path.to_owned(), 0)];
        while let Some((key, path, depth)) = open.pop() {
            if depth >= DEPTH_MAX {
                return Err(unknown(format!("keys are nested deeper than {DEPTH_MAX}")));
            }
            let subkeys = key.subkeys().map_err(|error: HiveError| unknown(error.to_string()))?;
            for subkey in subkeys {
                let name = subkey.name();
                let path = if path.is_empty() { name } else { format!(r"{path}\{name}") };
                self.add(path.clone())?;
                open.push((subkey, path, depth + 1));
            }
        }
        Ok(())
    }

    fn add(&mut self, path: String) -> Result<(), Unknown> {
        self.bytes += path.len();
        if self.found.len() >= KEY_COUNT_MAX || self.bytes > PATH_BYTES_MAX {
            return Err(unknown(format!(
                "the hive has more than {KEY_COUNT_MAX} keys or longer paths"
            )));
        }
        self.found.push(path);
        Ok(())
    }
}
