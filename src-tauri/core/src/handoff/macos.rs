//! Programs by their bundles.

use std::{
    fs,
    path::{Path, PathBuf},
};

use plist::{Dictionary, Value};

use super::Program;

/// Where people and installers put programs.
#[cfg(target_os = "macos")]
pub fn folders() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join("Applications"));
    [PathBuf::from("/Applications")].into_iter().chain(home).collect()
}

/// The programs in these folders. Which one opens `matrix:` links is not to be learned from files.
pub fn programs(folders: &[PathBuf]) -> Vec<Program> {
    let mut programs = Vec::new();
    for folder in folders {
        let bundles = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
        let mut bundles: Vec<_> = bundles.filter(|path| is_bundle(path)).collect();
        bundles.sort();
        programs.extend(bundles.into_iter().filter_map(program));
    }
    programs
}

fn is_bundle(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("app"))
}

fn program(bundle: PathBuf) -> Option<Program> {
    let about = Value::from_file(bundle.join("Contents/Info.plist")).ok()?;
    let about = about.as_dictionary()?;
    let says = |key: &str| about.get(key).and_then(Value::as_string);
    let name = says("CFBundleDisplayName").or_else(|| says("CFBundleName")).map(str::to_owned);
    let takes = |wanted: &str| schemes(about).any(|scheme| scheme.eq_ignore_ascii_case(wanted));
    Some(Program {
        ident: bundle.file_stem()?.to_str()?.to_lowercase(),
        name,
        matrix: takes("matrix"),
        element: takes("element"),
        path: Some(bundle),
        default: false,
    })
}

fn schemes(about: &Dictionary) -> impl Iterator<Item = &str> {
    let types = about.get("CFBundleURLTypes").and_then(Value::as_array).into_iter().flatten();
    types
        .filter_map(|kind| kind.as_dictionary()?.get("CFBundleURLSchemes")?.as_array())
        .flatten()
        .filter_map(Value::as_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(folder: &Path, name: &str, about: &Value, binary: bool) {
        let contents = folder.join(name).join("Contents");
        fs::create_dir_all(&contents).expect("a folder");
        let file = contents.join("Info.plist");
        let written = if binary { about.to_file_binary(file) } else { about.to_file_xml(file) };
        written.expect("written");
    }

    fn about(name: &str, schemes: &[&str]) -> Value {
        let schemes = schemes.iter().map(|scheme| Value::from(*scheme)).collect();
        let kind = [("CFBundleURLSchemes".to_owned(), Value::Array(schemes))];
        let kinds = Value::Array(vec![Value::Dictionary(kind.into_iter().collect())]);
        let about = [
            ("CFBundleName".to_owned(), Value::from(name)),
            ("CFBundleURLTypes".to_owned(), kinds),
        ];
        Value::Dictionary(about.into_iter().collect())
    }

    #[test]
    fn bundles_say_what_links_they_take() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        bundle(path, "Element.app", &about("Element", &["io.element.desktop", "element"]), true);
        bundle(path, "nheko.app", &about("Nheko", &["matrix"]), false);
        bundle(path, "Cinny.app", &Value::Dictionary(Dictionary::new()), false);
        bundle(path, "Wrong.app", &Value::Array(Vec::new()), false);
        bundle(path, "No bundle", &about("N", &["matrix"]), false);
        fs::create_dir(path.join("Empty.app")).expect("a folder");
        let programs = programs(&[path.to_owned(), path.join("missing")]);
        let found: Vec<_> = programs
            .iter()
            .map(|program| {
                (program.ident.as_str(), program.name.as_deref(), program.matrix, program.element)
            })
            .collect();
        assert_eq!(
            found,
            [
                ("cinny", None, false, false),
                ("element", Some("Element"), false, true),
                ("nheko", Some("Nheko"), true, false),
            ]
        );
        assert_eq!(programs[1].path.as_deref(), Some(path.join("Element.app").as_path()));
    }
}
