use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

const NHEKO: &str = "[Desktop Entry]\nName=nheko\nName[de]=Nheko!\nExec=nheko %u\n\
                     Type=Application\nMimeType=x-scheme-handler/matrix;\n\
                     [Desktop Action x]\nName=Other\nExec=other\n";
const ELEMENT: &str = "[Desktop Entry]\n# A comment=1\nType=Application\nName = Element\n\
                       Exec=/app/bin/element %U\nMimeType=x-scheme-handler/element;\n";

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("has one")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    fn program(&self, folder: &str, id: &str, text: &str) {
        self.write(&format!("{folder}/applications/{id}.desktop"), text);
    }

    fn folders(&self) -> Folders {
        let below = |path: &str| self.0.path().join(path);
        Folders {
            config: vec![below("config"), below("etc")],
            data: vec![below("home"), below("flatpak"), below("snap"), below("usr")],
            desktops: vec!["gnome".to_owned()],
        }
    }

    /// The programs, as `ident name matrix element default`.
    fn found(&self) -> Vec<String> {
        let line = |program: Program| {
            let mut line = format!("{} {}", program.ident, program.name.unwrap_or_default());
            let marks = [
                (program.matrix, "matrix"),
                (program.element, "element"),
                (program.default, "default"),
            ];
            for (_, mark) in marks.iter().filter(|(is, _)| *is) {
                line.push(' ');
                line.push_str(mark);
            }
            line
        };
        // Others are of no interest to anybody.
        let programs = programs(&self.folders()).into_iter();
        programs.filter(|program| program.matrix || program.element).map(line).collect()
    }
}

#[test]
fn programs_of_all_folders_are_found_in_order() {
    let home = Home::new();
    home.program("usr", "nheko", NHEKO);
    home.program("usr", "editor", "[Desktop Entry]\nType=Application\nName=E\nExec=e %f\n");
    home.program("usr", "kde/org.kde.neochat", &NHEKO.replace("nheko", "NeoChat"));
    home.program("snap", "element-desktop_element-desktop", ELEMENT);
    // Flatpak exports links to files that are elsewhere.
    home.write("flatpak-app/im.riot.Riot.desktop", ELEMENT);
    fs::create_dir_all(home.0.path().join("flatpak/applications")).expect("a folder");
    symlink(
        "../../flatpak-app/im.riot.Riot.desktop",
        home.0.path().join("flatpak/applications/im.riot.Riot.desktop"),
    )
    .expect("a link");
    assert_eq!(
        home.found(),
        [
            "im.riot.riot Element element",
            "element-desktop_element-desktop Element element",
            "kde-org.kde.neochat NeoChat matrix",
            "nheko nheko matrix",
        ]
    );
    let nheko = programs(&home.folders()).into_iter().find(|program| program.ident == "nheko");
    let path = nheko.and_then(|program| program.path).expect("has a file");
    assert!(path.ends_with("usr/applications/nheko.desktop"), "{}", path.display());
}

#[test]
fn the_first_of_two_counts_and_can_hide_the_other() {
    let home = Home::new();
    home.program("home", "nheko", &NHEKO.replace("Name=nheko", "Name=Mine"));
    home.program("usr", "nheko", NHEKO);
    home.program("home", "fractal", "[Desktop Entry]\nType=Application\nHidden=true\n");
    home.program("usr", "fractal", NHEKO);
    assert_eq!(home.found(), ["nheko Mine matrix"]);
}

#[test]
fn what_cannot_take_a_link_is_left_out() {
    let home = Home::new();
    home.program("usr", "dropped", &NHEKO.replace(" %u", ""));
    home.program("usr", "missing", &NHEKO.replace("Type=", "TryExec=/no/such/program\nType="));
    home.program("usr", "link", &NHEKO.replace("Application", "Link"));
    home.program("usr", "galaxy-chat", &NHEKO.replace("nheko %u", "/usr/bin/galaxy-chat %u"));
    home.program("usr", "binary", "\u{0}\u{1}[[[=\n\n[Desktop Entry\nMimeType");
    home.program("usr", "empty", "");
    assert!(home.found().is_empty(), "{:?}", home.found());
    let bus = NHEKO.replace("Exec=nheko %u", "Exec=fractal\nDBusActivatable=true");
    home.program("usr", "bus", &bus);
    assert_eq!(home.found(), ["bus nheko matrix"]);
}

#[test]
fn choices_of_people_count() {
    let home = Home::new();
    let plain = "[Desktop Entry]\nType=Application\nName=P\nExec=p %u\n";
    for id in ["added", "chosen", "other"] {
        home.program("usr", id, plain);
    }
    home.program("usr", "nheko", NHEKO);
    home.program("usr", "removed", NHEKO);
    home.write(
        "config/mimeapps.list",
        "[Added Associations]\nx-scheme-handler/matrix=added.desktop;\n\
         [Removed Associations]\nx-scheme-handler/matrix=removed.desktop;\n",
    );
    home.write(
        "etc/gnome-mimeapps.list",
        "[Default Applications]\nx-scheme-handler/matrix=gone.desktop;chosen.desktop;\n\
         x-scheme-handler/http=other.desktop\n",
    );
    // What counts less does not give back what was taken away.
    home.write(
        "usr/applications/mimeapps.list",
        "[Added Associations]\nx-scheme-handler/matrix=removed.desktop\n\
         [Default Applications]\nx-scheme-handler/matrix=nheko.desktop\n",
    );
    assert_eq!(home.found(), ["added P matrix", "chosen P matrix default", "nheko nheko matrix"]);
}

#[test]
fn strange_folders_do_no_harm() {
    let home = Home::new();
    assert!(home.found().is_empty());
    home.program("usr", "nheko", NHEKO);
    let applications = home.0.path().join("usr/applications");
    symlink(&applications, applications.join("again")).expect("a link");
    symlink("nowhere", applications.join("gone.desktop")).expect("a link");
    fs::create_dir(applications.join("folder.desktop")).expect("a folder");
    home.program("usr", "long", &format!("{}\n{NHEKO}", "#".repeat(1 << 20)));
    let found = home.found();
    assert!(found.contains(&"nheko nheko matrix".to_owned()), "{found:?}");
    assert!(found.len() <= usize::from(DEEPEST) + 1, "{found:?}");
}

#[test]
fn folders_are_those_of_the_user() {
    let folders = Folders::of_user(|name| match name {
        "HOME" => Some("/h".into()),
        "XDG_DATA_DIRS" => Some("/x/share:relative:/usr/share".into()),
        "XDG_CURRENT_DESKTOP" => Some("ubuntu:GNOME:../x".into()),
        _ => None,
    });
    let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
    assert_eq!(
        folders,
        Folders {
            config: paths(&["/h/.config", "/etc/xdg"]),
            data: paths(&[
                "/h/.local/share",
                "/x/share",
                "/usr/share",
                "/h/.local/share/flatpak/exports/share",
                "/var/lib/flatpak/exports/share",
                "/var/lib/snapd/desktop",
                "/usr/local/share",
            ]),
            desktops: vec!["ubuntu".to_owned(), "gnome".to_owned()],
        }
    );
    let bare = Folders::of_user(|_| None);
    assert_eq!(bare.config, [PathBuf::from("/etc/xdg")]);
    assert!(bare.data.contains(&PathBuf::from("/usr/share")));
}
