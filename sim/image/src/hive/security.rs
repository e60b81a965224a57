//! The one security descriptor that all keys of a hive share.

/// `SE_DACL_PRESENT | SE_SELF_RELATIVE`.
const CONTROL: u16 = 0x8004;
/// `KEY_ALL_ACCESS`.
const ALL_ACCESS: u32 = 0x000f_003f;
/// `KEY_READ`.
const READ: u32 = 0x0002_0019;
/// `CONTAINER_INHERIT_ACE`: subkeys get the same rights.
const CONTAINER_INHERIT: u8 = 2;
const HEADER_LENGTH: usize = 20;

/// A self-relative security descriptor (Windows SDK, `SECURITY_DESCRIPTOR_RELATIVE`): owner
/// Administrators, group SYSTEM; both have full control, users may read.
pub(super) fn descriptor() -> Vec<u8> {
    let administrators = identifier(&[32, 544]);
    let system = identifier(&[18]);
    let users = identifier(&[32, 545]);
    let entries = [
        access_allowed(ALL_ACCESS, &administrators),
        access_allowed(ALL_ACCESS, &system),
        access_allowed(READ, &users),
    ];
    let list = access_control_list(&entries);

    let list_offset = HEADER_LENGTH;
    let owner_offset = list_offset + list.len();
    let group_offset = owner_offset + administrators.len();
    let mut bytes = vec![1, 0]; // revision, padding
    bytes.extend(CONTROL.to_le_bytes());
    for offset in [owner_offset, group_offset, 0, list_offset] {
        bytes.extend(super::cells::number(offset).to_le_bytes()); // 0: no system list
    }
    bytes.extend(list);
    bytes.extend(administrators);
    bytes.extend(system);
    bytes
}

/// A security identifier of the authority 5 (NT).
fn identifier(parts: &[u32]) -> Vec<u8> {
    let part_count = u8::try_from(parts.len()).unwrap_or(u8::MAX);
    let mut bytes = vec![1, part_count, 0, 0, 0, 0, 0, 5];
    bytes.extend(parts.iter().flat_map(|part| part.to_le_bytes()));
    bytes
}

/// `ACCESS_ALLOWED_ACE`.
fn access_allowed(mask: u32, identifier: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, CONTAINER_INHERIT];
    bytes.extend(short(8 + identifier.len()));
    bytes.extend(mask.to_le_bytes());
    bytes.extend(identifier);
    bytes
}

/// `ACL` with its entries.
fn access_control_list(entries: &[Vec<u8>]) -> Vec<u8> {
    let length = 8 + entries.iter().map(Vec::len).sum::<usize>();
    let mut bytes = vec![2, 0]; // ACL_REVISION, padding
    bytes.extend(short(length));
    bytes.extend(short(entries.len()));
    bytes.extend([0, 0]);
    bytes.extend(entries.concat());
    bytes
}

fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes()
}
