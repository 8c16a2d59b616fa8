//! Programs by what the registry has for their schemes.

use std::path::{Path, PathBuf};

/// The program in a command such as `"C:\Program Files\Element\Element.exe" "%1"`.
fn command_program(command: &str) -> Option<PathBuf> {
    let command = command.trim();
    let program = if let Some(quoted) = command.strip_prefix('"') {
        quoted.split('"').next()?
    } else {
        // Without quotes a blank may be part of it, as long as it ends so.
        let end = command.to_ascii_lowercase().find(".exe").map(|dot| dot + ".exe".len());
        &command[..end.or_else(|| command.find(' ')).unwrap_or(command.len())]
    };
    (!program.is_empty()).then(|| PathBuf::from(program))
}

/// What a program file is called, in lower case and without its ending.
fn ident(program: &Path) -> Option<String> {
    // Taken apart here: only Windows takes `\` for a separator.
    let name = program.to_str()?.rsplit(['\\', '/']).next()?.to_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(windows)]
pub use registry::programs;

#[cfg(windows)]
mod registry {
    use winreg::{
        RegKey,
        enums::{HKEY_CLASSES_ROOT, HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE},
    };

    use super::{super::Program, command_program, ident};

    /// What people chose for a scheme.
    const CHOICES: &str = r"Software\Microsoft\Windows\Shell\Associations\UrlAssociations";

    /// What is installed.
    const INSTALLED: &str = r"Software\Microsoft\Windows\CurrentVersion\Uninstall";

    /// The programs that the system starts for `matrix:` and `element:` links, and Cinny, which
    /// takes none.
    pub fn programs() -> Vec<Program> {
        let mut programs: Vec<Program> = Vec::new();
        for scheme in ["matrix", "element"] {
            let Some(mut program) = handler(scheme) else { continue };
            if let Some(known) = programs.iter_mut().find(|known| known.ident == program.ident) {
                known.element = true;
            } else {
                (program.matrix, program.element) = (scheme == "matrix", scheme == "element");
                program.default = program.matrix;
                programs.push(program);
            }
        }
        if is_installed("Cinny") {
            programs.push(Program { name: Some("Cinny".to_owned()), ..named("cinny") });
        }
        programs
    }

    /// The program for a scheme: the user's choice, else the one that registered it.
    fn handler(scheme: &str) -> Option<Program> {
        let choice = RegKey::predef(HKEY_CURRENT_USER)
            .open_subkey(format!(r"{CHOICES}\{scheme}\UserChoice"))
            .and_then(|choice| choice.get_value::<String, _>("ProgId"))
            .ok();
        let classes = RegKey::predef(HKEY_CLASSES_ROOT);
        let chosen = choice.as_ref().and_then(|choice| classes.open_subkey(choice).ok());
        // Without the value `URL Protocol` it is no scheme.
        let registered = || {
            let class = classes.open_subkey(scheme).ok()?;
            class.get_value::<String, _>("URL Protocol").ok().map(|_| class)
        };
        let class = chosen.or_else(registered)?;
        let value = |key: &str, name: &str| {
            class.open_subkey(key).and_then(|key| key.get_value::<String, _>(name)).ok()
        };
        let command = value(r"shell\open\command", "").and_then(|text| command_program(&text));
        // Programs from the store have no command, and a name that only the system can look up.
        let name = value("Application", "ApplicationName").filter(|name| !name.starts_with('@'));
        let ident = command.as_deref().and_then(ident).or(choice).unwrap_or(scheme.to_owned());
        Some(Program { name: name.or_else(|| Some(ident.clone())), ..named(&ident.to_lowercase()) })
    }

    /// Started by the system only: Windows takes links, not programs to open them with.
    fn named(ident: &str) -> Program {
        Program {
            ident: ident.to_owned(),
            name: None,
            path: None,
            matrix: false,
            element: false,
            default: false,
        }
    }

    fn is_installed(name: &str) -> bool {
        [HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE].into_iter().any(|root| {
            let Ok(installed) = RegKey::predef(root).open_subkey(INSTALLED) else { return false };
            installed.enum_keys().flatten().any(|key| {
                let shown = installed.open_subkey(key);
                shown
                    .and_then(|key| key.get_value::<String, _>("DisplayName"))
                    .is_ok_and(|n| n == name)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_taken_out_of_its_command() {
        for (command, program, name) in [
            (
                r#""C:\Program Files\Element\Element.exe" "%1""#,
                r"C:\Program Files\Element\Element.exe",
                "element",
            ),
            (r"C:\Program Files\nheko\nheko.exe %1", r"C:\Program Files\nheko\nheko.exe", "nheko"),
            (r"C:\Apps\neochat.EXE", r"C:\Apps\neochat.EXE", "neochat"),
            ("handler %1", "handler", "handler"),
        ] {
            let found = command_program(command).expect(command);
            assert_eq!(found, PathBuf::from(program));
            assert_eq!(ident(&found).as_deref(), Some(name));
        }
        for command in ["", "\"\"", "  "] {
            assert_eq!(command_program(command), None);
        }
    }
}
