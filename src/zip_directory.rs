//! Bounds the directory of a ZIP archive before a library reads it into memory.

/// What an entry takes in the file besides its name, extra fields and comment.
const FIXED: usize = 46;

/// Fails if the directory of an archive may have more entries, or more bytes. Each entry of a directory begins with the same four
/// bytes, so there are at most as many entries as there are such places, whatever the archive declares.
pub fn check(body: &[u8], most_entries: usize, most_bytes: usize) -> Result<(), String> {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    let (mut entries, mut bytes, mut at) = (0, 0, 0);
    while let Some(found) = body[at..].windows(SIGNATURE.len()).position(|window| window == SIGNATURE) {
        let start = at + found;
        at = start + SIGNATURE.len();
        entries += 1;
        // The lengths of the name, of the extra fields and of the comment.
        bytes += FIXED + [28, 30, 32].map(|offset| number(body, start + offset)).iter().sum::<usize>();
        if entries > most_entries {
            return Err(format!("it has more than {most_entries} files"));
        }
        if bytes > most_bytes {
            return Err("the names of its files are too long".to_owned());
        }
    }
    Ok(())
}

fn number(body: &[u8], at: usize) -> usize {
    match body.get(at..at + 2) {
        Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_their_names_are_counted_whatever_is_declared() {
        let entry = |name: u16| {
            let mut entry = b"PK\x01\x02".to_vec();
            entry.resize(28, 0);
            entry.extend(name.to_le_bytes());
            entry.resize(46, 0);
            entry
        };
        assert_eq!(check(b"", 0, 0), Ok(()));
        assert_eq!(check(&entry(3).repeat(5), 5, 5 * 49), Ok(()));
        assert!(check(&entry(3).repeat(6), 5, 5 * 49).is_err_and(|text| text.contains("5 files")));
        assert!(check(&entry(9_000), 5, 5_000).is_err_and(|text| text.contains("names")));
        assert!(check(b"PK\x01\x02", 0, 100).is_err());
        assert_eq!(check(b"PK\x01\x02", 1, 100), Ok(()), "cut off");
    }
}
