//! Goes through one part of a workbook, event by event, and holds one event at a time.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::bounds::{DEPTH, MAX_TEXT, MAX_UNPACKED, Refusal, shown};
use super::cost::Costs;
use crate::allowance::{Allowance, Exceeded, amount};

/// What a part has cost so far, shared by the reader of its bytes and the reader of its events.
#[derive(Default)]
struct Meter {
    /// The bytes of the whole part.
    part: Cell<u64>,
    /// The bytes of the present event.
    event: Cell<u64>,
    exceeded: Cell<Option<Exceeded>>,
}

/// Reads no further when an event or the part is too long.
struct Metered<'a, R> {
    inner: BufReader<R>,
    meter: Rc<Meter>,
    allowance: &'a Allowance,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(buffer.len());
        buffer[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Metered<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let meter = &self.meter;
        if meter.exceeded.get().is_some() || meter.event.get() > MAX_TEXT || meter.part.get() > MAX_UNPACKED {
            return Err(io::Error::other("it is too long"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        let meter = &self.meter;
        let bytes = amount(length);
        meter.part.set(meter.part.get() + bytes);
        meter.event.set(meter.event.get() + bytes);
        if let Err(exceeded) = self.allowance.read(bytes) {
            meter.exceeded.set(Some(exceeded));
        }
        self.inner.consume(length);
    }
}

/// Draws what reading a part costs.
pub fn check(part: impl Read, name: &str, costs: &mut Costs, allowance: &Allowance) -> Result<(), Refusal> {
    let meter = Rc::new(Meter::default());
    let metered = Metered { inner: BufReader::new(part), meter: meter.clone(), allowance };
    let mut reader = Reader::from_reader(metered);
    let (mut buffer, mut depth) = (vec![], 0_usize);
    costs.begin_part(name);
    loop {
        buffer.clear();
        meter.event.set(0);
        let event = match reader.read_event_into(&mut buffer) {
            Ok(event) => event,
            Err(error) => return Err(refusal(name, &meter, &error)),
        };
        let bytes = meter.event.get();
        match event {
            Event::Eof => return costs.end_part(allowance).map_err(Refusal::from),
            Event::Start(tag) => {
                depth += 1;
                if depth > DEPTH {
                    return Err(Refusal::because(format!(
                        "The part `{}` is nested more than {DEPTH} deep. Save the workbook again.",
                        shown(name)
                    )));
                }
                costs.start(&tag, depth, bytes, allowance)?;
            }
            Event::Empty(tag) => {
                costs.start(&tag, depth + 1, bytes, allowance)?;
                costs.end(depth + 1, allowance)?;
            }
            Event::End(_) => {
                costs.add(bytes)?;
                costs.end(depth, allowance)?;
                depth = depth.saturating_sub(1);
            }
            Event::DocType(_) => {
                return Err(Refusal::because(
                    "The workbook declares entities of its own (DOCTYPE). Save it again.",
                ));
            }
            _ => costs.text(bytes)?,
        }
    }
}

fn refusal(name: &str, meter: &Meter, error: &quick_xml::Error) -> Refusal {
    if let Some(exceeded) = meter.exceeded.get() {
        return exceeded.into();
    }
    let name = shown(name);
    Refusal::because(if meter.event.get() > MAX_TEXT {
        format!("The part `{name}` has a text or a tag of more than {} KiB. Shorten it.", MAX_TEXT >> 10)
    } else if meter.part.get() > MAX_UNPACKED {
        format!(
            "The part `{name}` is too large when it is unpacked: more than {} MiB. Send it in parts, or as CSV.",
            MAX_UNPACKED >> 20
        )
    } else {
        format!("The part `{name}` is not XML in UTF-8: {error}. Save the workbook again.")
    })
}
