//! Where an export writes its files: into a folder, or into an archive.

use std::io::{self, Write};

use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

/// A place for the files of an export.
pub trait Sink {
    /// Begins a file.
    fn start(&mut self, name: &str) -> io::Result<()>;
    /// Adds to the file.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Ends the file.
    fn end(&mut self) -> io::Result<()>;
}

/// Files in a folder.
pub struct Folder {
    path: std::path::PathBuf,
    file: Option<io::BufWriter<std::fs::File>>,
}

impl Folder {
    /// A folder, created if it does not exist. Fails when it is not empty.
    pub fn new(path: &std::path::Path) -> io::Result<Folder> {
        std::fs::create_dir_all(path)?;
        if std::fs::read_dir(path)?.next().is_some() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the folder is not empty"));
        }
        Ok(Folder { path: path.to_owned(), file: None })
    }
}

impl Sink for Folder {
    fn start(&mut self, name: &str) -> io::Result<()> {
        let path = self.path.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        self.file = Some(io::BufWriter::new(std::fs::File::create_new(path)?));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes))
    }

    fn end(&mut self) -> io::Result<()> {
        self.file.take().map_or(Ok(()), |mut file| file.flush())
    }
}

/// A ZIP archive, written as a stream.
pub struct Archive<W: Write>(ZipWriter<StreamWriter<W>>);

impl<W: Write> Archive<W> {
    /// An archive that is written to `out`.
    pub fn new(out: W) -> Archive<W> {
        Archive(ZipWriter::new_stream(out))
    }

    /// Writes the end of the archive.
    pub fn finish(self) -> io::Result<()> {
        self.0.finish().map(|_| ()).map_err(io::Error::other)
    }
}

impl<W: Write> Sink for Archive<W> {
    fn start(&mut self, name: &str) -> io::Result<()> {
        // Without a date, so that the same record gives the same archive.
        self.0.start_file(name, SimpleFileOptions::default()).map_err(io::Error::other)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
