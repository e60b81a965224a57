//! Another product than the built-in one: recognised without a name, with service packs that share
//! a name, and with a service in place of a list of components.

use crate::support::Judged;
use patchstate_detect::{Advisories, MemoryTree, Verdict, gather, judge};
use patchstate_terms::{FileVersion, FindingKind, Level, Status};
use patchstate_test_support::{
    hive::Key,
    host::{Host, parsed, system_hive},
    image::{Export, Image, Symbol},
};
use std::sync::Arc;

macro_rules! advisories {
    ($($name:literal),*) => {
        [$((
            $name,
            include_str!(concat!("../../../../corpus/catalogs/nt4-snmp/advisories/", $name)),
        )),*]
    };
}

const TEXTS: [(&str, &str); 4] =
    advisories!["platform.toml", "components.toml", "updates.toml", "requirements.toml"];

fn windows_nt() -> Arc<Advisories> {
    Arc::new(Advisories::read(&TEXTS).expect("advisories without mistakes"))
}

/// A host of Windows NT 4.0: revisions of its system files and of the service's files, what the
/// registry calls the service pack, and whether it has the mark of Service Pack 6a.
#[derive(Clone)]
struct Nt {
    system: u16,
    service: Option<u16>,
    called: Option<&'static str>,
    mark: Option<u32>,
    has_key: bool,
    has_select: bool,
}

impl Nt {
    fn new(system: u16, service: Option<u16>) -> Self {
        let called = Some("Service Pack 6").filter(|_| system >= 335);
        let has_key = service.is_some();
        Self { system, service, called, mark: None, has_key, has_select: true }
    }

    fn tree(&self) -> MemoryTree {
        let mut tree = MemoryTree::new();
        let image = |name: &str, revision: u16| {
            let image = Image::with_version(FileVersion::new(4, 0, 1381, revision));
            let function = "SnmpSvcGetEnterpriseOID";
            match name {
                "inetmib1.dll" if revision > 2 => {
                    image.imports("snmpapi.dll", &[Symbol::Name(function)])
                }
                "snmpapi.dll" if revision > 2 => {
                    image.exports(&[Export::Named(function.as_bytes())])
                }
                _ => image,
            }
        };
        for name in ["ntoskrnl.exe", "kernel32.dll", "ntdll.dll", "inetmib1.dll"] {
            tree.insert(parsed(&format!("system32/{name}")), image(name, self.system).build());
        }
        for name in ["snmp.exe", "snmpapi.dll", "snmptrap.exe", "mgmtapi.dll", "lmmib2.dll"] {
            if let Some(revision) = self.service {
                tree.insert(parsed(&format!("system32/{name}")), image(name, revision).build());
            }
        }
        let mut software = Key::new("root");
        let version = software.at(r"Microsoft\Windows NT\CurrentVersion");
        version.text("CurrentVersion", "4.0").text("CurrentBuildNumber", "1381");
        if let Some(called) = self.called {
            version.text("CSDVersion", called);
        }
        if let Some(mark) = self.mark {
            let hotfix = software.at(r"Microsoft\Windows NT\CurrentVersion\Hotfix\Q246009");
            hotfix.number("Installed", mark);
        }
        tree.insert(parsed("system32/config/software"), software.build());
        let mut system = if self.has_select { system_hive("x86") } else { Key::new("root") };
        system.at(r"ControlSet002\Services\Tcpip").text("ImagePath", "tcpip.sys");
        if self.has_key {
            system.at(r"ControlSet002\Services\SNMP").text("ImagePath", "snmp.exe");
        }
        tree.insert(parsed("system32/config/system"), system.build());
        tree
    }

    fn verdict(&self) -> Verdict {
        judge(&gather(&self.tree(), &windows_nt()))
    }
}

#[test]
fn a_product_without_a_name_is_told_by_version_and_build_and_called_by_its_own() {
    let verdict = Nt::new(4, Some(4)).verdict();
    assert_eq!(verdict.os.product.as_deref(), Some("Windows NT 4.0"));
    let nameless = |version: &str, build: &str| {
        let mut tree = Nt::new(4, Some(4)).tree();
        let mut software = Key::new("root");
        let values = software.at(r"Microsoft\Windows NT\CurrentVersion");
        values.text("CurrentVersion", version).text("CurrentBuildNumber", build);
        tree.insert(parsed("system32/config/software"), software.build());
        judge(&gather(&tree, &windows_nt()))
    };
    for (version, build) in [("3.51", "1057"), ("4.0", "1380"), ("5.0", "2195")] {
        let verdict = nameless(version, build);
        assert_eq!((verdict.status, verdict.os.product), (Status::NotApplicable, None));
    }
    assert_ne!(nameless("4.0", "1381").status, Status::NotApplicable);
}

#[test]
fn what_is_true_of_one_product_is_not_said_of_another() {
    // Windows Server 2003 has a name, which Windows NT 4.0 does not write.
    let other = judge(&gather(&Host::new(Level::SP2).tree(), &windows_nt()));
    assert_eq!((other.status, other.findings.len()), (Status::NotApplicable, 0));
    assert_eq!(other.os.product.as_deref(), Some("Windows Server 2003"));
    let tree = Nt::new(133, Some(1)).tree();
    let other = judge(&gather(&tree, &Advisories::built_in()));
    assert_eq!((other.status, other.findings.len()), (Status::NotApplicable, 0));
    assert_eq!(other.os.product, None);
    let own = judge(&gather(&tree, &windows_nt()));
    assert_eq!(own.status, Status::Broken);
    assert_eq!(own.remedy.iter().map(ToString::to_string).collect::<Vec<_>>(), ["sp4"]);
}

#[test]
fn a_mark_tells_service_packs_of_one_name_apart() {
    let disagrees = |host: &Nt| {
        let found = host.verdict();
        let kinds = found.findings.iter().map(|finding| finding.kind);
        (found.os.level, kinds.filter(|kind| *kind == FindingKind::VersionDisagreement).count())
    };
    let sp6 = Nt::new(335, Some(335));
    assert_eq!(disagrees(&sp6), ("sp6".parse().ok(), 0));
    let sp6a = Nt { mark: Some(1), ..Nt::new(336, Some(336)) };
    assert_eq!(disagrees(&sp6a), ("sp6a".parse().ok(), 0));
    // Without the mark, with another value in it, and with the mark beside files of SP6.
    assert_eq!(disagrees(&Nt { mark: None, ..sp6a.clone() }), ("sp6a".parse().ok(), 1));
    assert_eq!(disagrees(&Nt { mark: Some(0), ..sp6a }), ("sp6a".parse().ok(), 1));
    assert_eq!(disagrees(&Nt { mark: Some(1), ..sp6 }), ("sp6".parse().ok(), 1));
    // It belongs to that name alone.
    let sp5 = Nt { called: Some("Service Pack 5"), mark: Some(1), ..Nt::new(204, Some(204)) };
    assert_eq!(disagrees(&sp5), ("sp5".parse().ok(), 0));
}

#[test]
fn the_key_of_its_service_tells_whether_a_component_is_installed() {
    let with = Nt::new(4, Some(4));
    assert_eq!(with.verdict().status, Status::Consistent);
    // Files that were left behind are those of no service.
    let left = Nt { has_key: false, ..Nt::new(4, Some(1)) };
    assert_eq!(left.verdict().status, Status::NotApplicable);
    // A service without its program cannot be judged.
    let lost = Nt { has_key: true, ..Nt::new(4, None) };
    assert_eq!(lost.verdict().status, Status::Inconclusive);
    // Where nothing says which control set is the current one, files tell; without any, nobody.
    let unknown = Nt { has_select: false, ..with };
    assert_eq!(unknown.verdict().status, Status::Consistent);
    let none = Nt { has_select: false, ..Nt::new(4, None) };
    let verdict = none.verdict();
    assert_eq!(verdict.status, Status::Inconclusive);
    let says: Vec<&str> = verdict.findings.iter().map(|found| found.detail.as_str()).collect();
    let expected = "The registry hive system does not tell which components Setup added, and no \
                    file of the SNMP service is there, so it is not known whether it has the SNMP \
                    service.";
    assert!(says.contains(&expected), "{says:?}");
}

/// A product with one family of versions has it for the system and for components.
#[test]
fn a_version_of_no_known_level_is_told_by_what_the_file_should_be_of() {
    let mut tree = Nt { called: Some("Service Pack 3"), ..Nt::new(4, Some(4)) }.tree();
    let image = Image::with_version(FileVersion::new(5, 0, 2195, 1));
    tree.insert(parsed("system32/mgmtapi.dll"), image.build());
    let verdict = judge(&gather(&tree, &windows_nt()));
    let says: Vec<&str> = verdict.findings.iter().map(|found| found.detail.as_str()).collect();
    let expected = "mgmtapi.dll has version 5.0.2195.1, which belongs to no known level of \
                    Windows NT 4.0.";
    assert_eq!((verdict.status, says), (Status::Inconclusive, vec![expected]));
}

#[test]
fn a_mark_without_a_name_and_a_name_of_no_level_are_mistakes() {
    let changed = |from: &str, to: &str| {
        assert!(TEXTS[0].1.contains(from), "{from}");
        let platform = TEXTS[0].1.replacen(from, to, 1);
        let files = [("platform.toml", platform.as_str()), TEXTS[1], TEXTS[2], TEXTS[3]];
        let mistakes = Advisories::read(&files).expect_err("a mistake");
        mistakes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let says = "platform.toml: expected `called`, another level of the families, and `mark`, a \
                value that tells the two apart";
    assert_eq!(changed("called = \"sp6\"\n", ""), [says]);
    assert_eq!(changed("called = \"sp6\"\n", "called = \"sp7\"\n"), [says]);
    assert_eq!(changed("called = \"sp6\"\n", "called = \"sp6a\"\n"), [says]);
}
