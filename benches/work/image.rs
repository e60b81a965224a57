//! Writing all PE images of the scope of the incident into an empty store, by one thread.
//!
//! Peers write as many images of the same sizes and keep them as well. One fills memory with a
//! text and sums it up as the checksum of a PE file is summed up: the least that any writer of
//! such files has to do. The other lets the writer of the crate `object` make a PE file of one
//! section of filler, without versions, symbols or code, and sets its checksum.

use super::{
    comparison::{Comparison, Failure},
    scope::IncidentScope,
};
use criterion::Throughput;
use object::{
    pe,
    write::pe::{NtHeaders, Writer},
};
use patchstate_image::ImageStore;
use patchstate_terms::Architecture;
use std::{collections::BTreeSet, sync::Arc};

/// Stands for the contents of an image, again and again.
const FILLER: &[u8] = &[b'+'; 4096];
/// One section's alignment in the file, and the length of headers for one section.
const BLOCK: usize = 512;

/// What a peer writes in place of one of our images.
#[derive(Clone, Copy)]
struct Sample {
    is_64_bit: bool,
    length: usize,
}

/// The store beside its peers.
pub(crate) fn comparison() -> Result<Comparison, Failure> {
    let scope = IncidentScope::new();
    let mut wanted = BTreeSet::new();
    for reached in scope.reach()? {
        let model = reached.simulation().model();
        for (_, host) in reached.hosts() {
            let copies = model.view(&host).files();
            wanted.extend(copies.map(|(file, copy)| (model.architecture(), file, copy)));
        }
    }
    let mut samples = Vec::new();
    let store = ImageStore::new(Arc::clone(&scope.catalog));
    for &(architecture, file, copy) in &wanted {
        let length = store.image(architecture, file, copy)?.bytes.len();
        samples.push(Sample { is_64_bit: architecture == Architecture::X64, length });
    }
    let total: usize = samples.iter().map(|sample| sample.length).sum();
    let others = samples.clone();
    let title = format!("writing {} images, {total} bytes", wanted.len());
    let amount = Throughput::Bytes(total as u64);
    Ok(Comparison::new("image", title)
        .with("patchstate", &amount, move || {
            let store = ImageStore::new(Arc::clone(&scope.catalog));
            let mut written = 0;
            for &(architecture, file, copy) in &wanted {
                written += store.image(architecture, file, copy)?.bytes.len();
            }
            Ok(written)
        })
        .with("fill and sum", &amount, move || {
            let images: Vec<Arc<[u8]>> = samples.iter().map(fill_and_sum).collect();
            Ok(images.iter().map(|image| image.len()).sum())
        })
        .with("writer of object", &amount, move || {
            let images: Result<Vec<Arc<[u8]>>, Failure> = others.iter().map(with_object).collect();
            Ok(images?.iter().map(|image| image.len()).sum())
        }))
}

fn fill_and_sum(sample: &Sample) -> Arc<[u8]> {
    let mut image = Vec::with_capacity(sample.length);
    fill(&mut image, sample.length);
    set_checksum(&mut image, BLOCK);
    image.into()
}

fn with_object(sample: &Sample) -> Result<Arc<[u8]>, Failure> {
    let length = sample.length.saturating_sub(BLOCK) / BLOCK * BLOCK;
    let mut contents = Vec::with_capacity(length);
    fill(&mut contents, length);
    let size = u32::try_from(length)?;
    let mut image = Vec::with_capacity(sample.length);
    let mut writer = Writer::new(sample.is_64_bit, 0x1000, 0x200, &mut image);
    writer.reserve_dos_header_and_stub();
    writer.reserve_nt_headers(pe::IMAGE_NUMBEROF_DIRECTORY_ENTRIES);
    writer.reserve_section_headers(1);
    let rights = pe::IMAGE_SCN_CNT_INITIALIZED_DATA | pe::IMAGE_SCN_MEM_READ;
    let range = writer.reserve_section(*b".rdata\0\0", rights, size, size);
    writer.write_dos_header_and_stub()?;
    writer.write_nt_headers(headers(sample.is_64_bit));
    writer.write_section_headers();
    writer.write_section(range.file_offset, &contents);
    fill(&mut image, sample.length);
    // Signature and file header, then 64 bytes of the optional header.
    set_checksum(&mut image, 128 + 4 + 20 + 64);
    Ok(image.into())
}

fn headers(is_64_bit: bool) -> NtHeaders {
    NtHeaders {
        machine: if is_64_bit { pe::IMAGE_FILE_MACHINE_AMD64 } else { pe::IMAGE_FILE_MACHINE_I386 },
        time_date_stamp: 0,
        characteristics: pe::IMAGE_FILE_EXECUTABLE_IMAGE | pe::IMAGE_FILE_DLL,
        major_linker_version: 7,
        minor_linker_version: 10,
        address_of_entry_point: 0,
        image_base: 0x1000_0000,
        major_operating_system_version: 5,
        minor_operating_system_version: 2,
        major_image_version: 5,
        minor_image_version: 2,
        major_subsystem_version: 5,
        minor_subsystem_version: 2,
        subsystem: pe::IMAGE_SUBSYSTEM_WINDOWS_GUI,
        dll_characteristics: pe::DllFlags(0),
        size_of_stack_reserve: 0x4_0000,
        size_of_stack_commit: 0x1000,
        size_of_heap_reserve: 0x10_0000,
        size_of_heap_commit: 0x1000,
    }
}

/// Lengthens an image with text.
fn fill(image: &mut Vec<u8>, length: usize) {
    while image.len() < length {
        let missing = length - image.len();
        image.extend_from_slice(FILLER.get(..missing).unwrap_or(FILLER));
    }
}

/// PE/COFF specification, *`CheckSum`*: 16-bit words, carries added back, and the length.
fn set_checksum(image: &mut [u8], place: usize) {
    let (pairs, _) = image.as_chunks::<2>();
    let mut sum: u64 = pairs.iter().map(|pair| u64::from(u16::from_le_bytes(*pair))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    let [a, b, c, d, ..] = (sum + image.len() as u64).to_le_bytes();
    if let Some(field) = image.get_mut(place..place + 4) {
        field.copy_from_slice(&[a, b, c, d]);
    }
}
