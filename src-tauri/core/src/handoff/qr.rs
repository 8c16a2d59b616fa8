use qrcode::{Color, EcLevel, QrCode};

/// A link as a square of dark (`true`) and light fields, row by row. Whoever draws it leaves four
/// light fields around it. `None` where the link is too long to be scanned.
pub fn qr(link: &str) -> Option<Vec<Vec<bool>>> {
    // Of the four levels the second: a screen is not torn, but may be dirty or reflect.
    let code = QrCode::with_error_correction_level(link, EcLevel::M).ok()?;
    let width = code.width();
    let colors = code.into_colors();
    let row = |row: &[Color]| row.iter().map(|color| *color == Color::Dark).collect();
    Some(colors.chunks(width).map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a picture of the code and reads it as a phone does.
    fn scan(rows: &[Vec<bool>]) -> String {
        const FIELD: usize = 4;
        const MARGIN: usize = 4;
        let size = (rows.len() + 2 * MARGIN) * FIELD;
        let light = |x: usize, y: usize| {
            let field = |at: usize| (at / FIELD).checked_sub(MARGIN);
            let dark = field(y)
                .and_then(|y| rows.get(y))
                .zip(field(x))
                .and_then(|(row, x)| row.get(x).copied());
            if dark == Some(true) { 0 } else { 255 }
        };
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(size, size, light);
        let grids = picture.detect_grids();
        grids[0].decode().expect("can be read").1
    }

    #[test]
    fn a_phone_reads_the_link_back() {
        for link in [
            "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im",
            "https://matrix.to/#/!yShkfqncgjcRcRztBU:gitter.im?via=matrix.org&via=gitter.im",
            "x",
        ] {
            let rows = qr(link).expect("fits");
            assert!(rows.iter().all(|row| row.len() == rows.len()), "{link}: not a square");
            assert_eq!(scan(&rows), link);
        }
    }

    #[test]
    fn a_wrong_field_here_and_there_does_not_matter() {
        let link = "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im";
        let mut rows = qr(link).expect("fits");
        let middle = rows.len() / 2;
        rows[middle][middle] ^= true;
        rows[middle + 2][middle] ^= true;
        assert_eq!(scan(&rows), link);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert_eq!(qr(&"x".repeat(5000)), None);
    }
}
