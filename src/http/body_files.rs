//! Bodies that are kept in files, for readers who fetch them in parts: each part costs its own bytes, not the whole again.
//!
//! The files have no names and end with the process. What is kept is bounded in each file and in all; what has no room is not
//! kept, and is made again for each part.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most bytes of one file.
pub const MOST_OF_ONE: u64 = 64 * 1_048_576;
/// The most bytes of files that wait for requests, and of all with those that are being written or read.
const MOST_WAITING: u64 = 128 * 1_048_576;
const MOST: u64 = 256 * 1_048_576;
/// What a file counts as at least, so that their number is bounded, too.
const LEAST: u64 = 512 * 1_024;
/// How long a file waits for the next request.
const IDLE: Duration = Duration::from_secs(600);

/// Files by address and tag: what has one tag at one address always has the same bytes.
#[derive(Default)]
pub struct BodyFiles {
    /// In the order of their last requests.
    files: Mutex<Vec<Waiting>>,
    /// The bytes that all files count as.
    bytes: Arc<AtomicU64>,
}

/// A file that waits for requests.
struct Waiting {
    key: String,
    file: Arc<BodyFile>,
    since: Instant,
}

impl BodyFiles {
    /// The file of the body with a tag at an address.
    pub fn get(&self, address: &str, tag: &str) -> Option<Arc<BodyFile>> {
        let key = key(address, tag);
        let mut files = self.current();
        let at = files.iter().position(|waiting| waiting.key == key)?;
        let waiting = files.remove(at);
        let file = waiting.file.clone();
        files.push(Waiting { since: Instant::now(), ..waiting });
        Some(file)
    }

    /// Whether there is a file of an address, perhaps of an earlier body.
    pub fn has(&self, address: &str) -> bool {
        let ending = key(address, "");
        self.current().iter().any(|waiting| waiting.key.ends_with(&ending))
    }

    /// Keeps a file, in the place of those that have waited longest.
    pub fn put(&self, address: &str, tag: &str, file: Arc<BodyFile>) {
        let key = key(address, tag);
        let mut files = self.current();
        files.retain(|waiting| waiting.key != key);
        files.push(Waiting { key, file, since: Instant::now() });
        while files.iter().map(|waiting| waiting.file.room.counted).sum::<u64>() > MOST_WAITING {
            files.remove(0);
        }
    }

    /// Forgets all of them, such as when content was destroyed.
    pub fn clear(&self) {
        self.current().clear();
    }

    /// A new file. None where there is no room for one: not in the bounds, or not on the disk.
    pub fn start(&self) -> Option<BodyFile> {
        drop(self.current());
        let mut room = Room { counted: 0, bytes: self.bytes.clone() };
        if !room.take(LEAST) {
            return None;
        }
        match tempfile::tempfile() {
            Ok(file) => Some(BodyFile { file, length: 0, room }),
            Err(error) => {
                tracing::warn!(%error, "no file for a body");
                None
            }
        }
    }

    /// Those that have not waited too long.
    fn current(&self) -> MutexGuard<'_, Vec<Waiting>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|waiting| waiting.since.elapsed() < IDLE);
        files
    }
}

/// What a file counts as, until it is dropped.
struct Room {
    counted: u64,
    bytes: Arc<AtomicU64>,
}

impl Room {
    /// Counts more bytes; false if there is no room for them.
    fn take(&mut self, more: u64) -> bool {
        self.counted += more;
        self.bytes.fetch_add(more, Ordering::Relaxed) + more <= MOST
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.bytes.fetch_sub(self.counted, Ordering::Relaxed);
    }
}

/// A body in a file.
pub struct BodyFile {
    file: File,
    length: u64,
    room: Room,
}

impl BodyFile {
    /// The number of its bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Appends bytes; false if there is no room for them, or the disk refuses them.
    pub fn append(&mut self, bytes: &[u8]) -> bool {
        self.length += bytes.len() as u64;
        let more = self.length.saturating_sub(self.room.counted);
        if self.length > MOST_OF_ONE || !self.room.take(more) {
            return false;
        }
        let written = self.file.write_all(bytes);
        written.inspect_err(|error| tracing::warn!(%error, "a body is not kept")).is_ok()
    }

    /// As many bytes from a place as are wanted.
    pub fn read(&self, from: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.file.read_exact_at(&mut bytes, from)?;
        Ok(bytes)
    }
}

fn key(address: &str, tag: &str) -> String {
    format!("{tag} {address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_bounded_in_each_and_in_all() {
        let all = BodyFiles::default();
        let megabytes = vec![7; 4 * 1_048_576];
        let fill = || {
            let mut file = all.start()?;
            let whole = (0..16).all(|_| file.append(&megabytes));
            whole.then(|| Arc::new(file))
        };
        let mut one = fill().unwrap();
        assert!(!Arc::get_mut(&mut one).unwrap().append(b"x"), "one has at most 64 MB");
        drop(one);
        let open: Vec<_> = (0..5).map_while(|_| fill()).collect();
        assert_eq!(open.len(), 4, "all that are open have at most 256 MB");
        assert!(all.start().is_none());
        for (n, file) in open.into_iter().enumerate() {
            all.put("/a", &n.to_string(), file);
        }
        let waiting = (0..4).filter(|n| all.get("/a", &n.to_string()).is_some()).count();
        assert_eq!(waiting, 2, "those that wait have at most 128 MB");
        drop(all.start().unwrap());
        all.clear();
        assert_eq!(all.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_part_is_read_from_its_place() {
        let all = BodyFiles::default();
        let mut file = all.start().unwrap();
        assert!(file.append(b"abc") && file.append(b"defg"));
        assert_eq!((file.length(), file.read(2, 3).unwrap()), (7, b"cde".to_vec()));
        assert!(file.read(5, 3).is_err(), "what is not there is no part");
    }
}
