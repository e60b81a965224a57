//! The fast way to read fields says the same as the plain one.

use super::AsTree;
use crate::{
    Field,
    cel::host::{Host, Value},
};
use patchstate_detect::{Advisories, Evidence, gather};
use patchstate_terms::{Hive, Level, RegistryPath, WindowsPath};
use patchstate_test_support::{hive::Key, host::Host as TestHost};

fn fields() -> Vec<Field> {
    let mut fields =
        vec![Field::OsProduct, Field::OsArchitecture, Field::OsLevel, Field::OsVersion];
    for name in ["w3core.dll", "iisutil.dll", "ssinc.dll", "asp.dll", "nobody.dll"] {
        let path: WindowsPath = format!("system32/inetsrv/{name}").parse().unwrap();
        fields.extend([
            Field::FilePresent(path.clone()),
            Field::FileVersion(path.clone()),
            Field::FileVersionString(path.clone()),
            Field::FileLevel(path.clone()),
            Field::FileMachine(path.clone()),
            Field::FileExports(path.clone(), "Common".to_owned()),
            Field::FileImports(path, "iisutil.dll".to_owned(), "Common".to_owned()),
        ]);
    }
    for (key, value) in [
        (r"Microsoft\Windows NT\CurrentVersion", "CSDVersion"),
        (r"Microsoft\Windows NT\CurrentVersion", "Nothing"),
        (r"Odd", "Binary"),
        (r"Odd", "Number"),
        (r"Odd", "None"),
    ] {
        let (key, value) = (key.to_owned(), value.to_owned());
        fields.push(Field::Registry(RegistryPath { hive: Hive::Software, key, value }));
    }
    for id in ["KB973917", "KB982666"] {
        fields.push(Field::UpdateRecorded(id.to_owned()));
        fields.push(Field::UpdateRelease(id.to_owned()));
    }
    fields
}

fn hosts() -> Vec<Evidence> {
    let odd = TestHost::new(Level::SP1)
        .without("w3core.dll")
        .odd_file("ssinc.dll", b"MZ, and then nothing".as_slice())
        .odd_file("asp.dll", b"".as_slice())
        .update("KB973917-v2", "SP3", &[]);
    let mut software: Key = odd.software_hive();
    software.at("Odd").raw("Binary", 3, vec![1, 2, 3, 4, 5]).number("Number", 7).raw(
        "None",
        0,
        Vec::new(),
    );
    let whole = odd.tree();
    let mut changed = whole.clone();
    let place: WindowsPath = "system32/config/software".parse().unwrap();
    changed.insert(place.clone(), software.build());
    let mut broken = whole.clone();
    broken.insert(place.clone(), b"regf, and then nothing".as_slice());
    let mut absent = whole.clone();
    absent.remove(&place);
    let trees = [TestHost::new(Level::SP2).tree(), whole, changed, broken, absent];
    trees
        .iter()
        .map(|tree| gather(tree, &Advisories::built_in()))
        .chain([Evidence::default()])
        .collect()
}

#[test]
fn every_field_is_read_as_its_definition_says() {
    let fields = fields();
    let (mut known, mut unknown) = (0, 0);
    for evidence in hosts() {
        let host = Host::new(&evidence, &fields);
        for (slot, field) in fields.iter().enumerate() {
            match field.value(&evidence) {
                Ok(value) => {
                    assert_eq!(host.value(slot), Some(Value::of(&value)), "{field}");
                    known += 1;
                }
                Err(reason) => {
                    assert_eq!(host.value(slot), None, "{field}");
                    assert_eq!(host.reason(slot), reason.reason, "{field}");
                    unknown += 1;
                }
            }
        }
    }
    // Both happen, for most of the fields.
    assert!(known > 100 && unknown > 50, "{known} {unknown}");
}
