//! What an encoder with spatial and temporal layers would send: heads of VP9 payloads, and dependency descriptors.

/// A scalability mode of WebRTC-SVC: `L3T3`, or `L3T3_KEY` where larger pictures refer to smaller ones in key frames only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scalability {
    pub spatial: u8,
    pub temporal: u8,
    pub key_only: bool,
}

/// One spatial layer's frame of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SvcFrame {
    pub spatial: u8,
    pub temporal: u8,
    pub is_key: bool,
}

const NOT_PRESENT: u8 = 0;
const DISCARDABLE: u8 = 1;
const SWITCH: u8 = 2;
const REQUIRED: u8 = 3;

/// The size of the smallest layer; each one doubles it.
pub const SMALLEST: (u16, u16) = (320, 180);

impl Scalability {
    /// The temporal layer of the `index`-th picture after a key frame.
    pub fn temporal_of(self, index: u64) -> u8 {
        match (self.temporal, index % 4) {
            (1, _) | (_, 0) => 0,
            (2, at) => (at % 2) as u8,
            (_, 2) => 1,
            _ => 2,
        }
    }

    /// How many pictures back the frame refers within its own spatial layer.
    fn pictures_back(self, temporal: u8) -> u8 {
        match temporal {
            0 => [1, 2, 4][usize::from(self.temporal - 1)],
            1 if self.temporal == 3 => 2,
            _ => 1,
        }
    }

    fn is_for_larger(self, frame: SvcFrame) -> bool {
        (frame.is_key || !self.key_only) && frame.spatial + 1 < self.spatial
    }

    /// In the order of template ids.
    fn templates(self) -> Vec<SvcFrame> {
        let mut templates = Vec::new();
        for spatial in 0..self.spatial {
            templates.push(SvcFrame { spatial, temporal: 0, is_key: true });
            templates.extend((0..self.temporal).map(|temporal| SvcFrame { spatial, temporal, is_key: false }));
        }
        templates
    }

    fn indication(self, frame: SvcFrame, spatial: u8, temporal: u8) -> u8 {
        let is_own = spatial == frame.spatial;
        if temporal < frame.temporal || spatial < frame.spatial || (!is_own && !self.is_for_larger(frame)) {
            return NOT_PRESENT;
        }
        match frame.temporal {
            0 if is_own || frame.is_key => SWITCH,
            0 => REQUIRED,
            own if temporal == own => DISCARDABLE,
            _ if is_own => SWITCH,
            _ => REQUIRED,
        }
    }

    fn references(self, frame: SvcFrame) -> Vec<u8> {
        let mut references = Vec::new();
        if frame.spatial > 0 && (frame.is_key || !self.key_only) {
            references.push(1);
        }
        if !frame.is_key {
            references.push(self.pictures_back(frame.temporal) * self.spatial);
        }
        references
    }

    /// The dependency descriptor of one packet.
    pub fn descriptor(self, frame: SvcFrame, number: u16, starts: bool, ends: bool) -> Vec<u8> {
        let templates = self.templates();
        let template = templates.iter().position(|template| *template == frame).expect("a frame of the mode");
        let mut bits = Writer::default();
        bits.push(u32::from(starts), 1);
        bits.push(u32::from(ends), 1);
        bits.push(template as u32, 6);
        bits.push(u32::from(number), 16);
        if frame.is_key && frame.spatial == 0 && starts {
            bits.push(0b10000, 5);
            self.structure(&templates, &mut bits);
        }
        bits.bytes
    }

    fn structure(self, templates: &[SvcFrame], bits: &mut Writer) {
        bits.push(0, 6);
        bits.push(u32::from(self.spatial * self.temporal - 1), 5);
        for pair in templates.windows(2) {
            bits.push(
                if pair[1].spatial > pair[0].spatial { 2 } else { u32::from(pair[1].temporal > pair[0].temporal) },
                2,
            );
        }
        bits.push(3, 2);
        let targets =
            || (0..self.spatial).flat_map(|spatial| (0..self.temporal).map(move |temporal| (spatial, temporal)));
        for template in templates {
            for (spatial, temporal) in targets() {
                bits.push(u32::from(self.indication(*template, spatial, temporal)), 2);
            }
        }
        for template in templates {
            for back in self.references(*template) {
                bits.push(1, 1);
                bits.push(u32::from(back - 1), 4);
            }
            bits.push(0, 1);
        }
        // One chain for each spatial layer.
        let chains = u32::from(self.spatial);
        bits.non_symmetric(chains, u32::from(self.spatial * self.temporal) + 1);
        for (spatial, _) in targets() {
            bits.non_symmetric(u32::from(spatial), chains);
        }
        for template in templates {
            for chain in 0..self.spatial {
                let back = if template.is_key { template.spatial } else { template.spatial + self.spatial - chain };
                bits.push(u32::from(back), 4);
            }
        }
        bits.push(1, 1);
        for spatial in 0..self.spatial {
            bits.push((u32::from(SMALLEST.0) << spatial) - 1, 16);
            bits.push((u32::from(SMALLEST.1) << spatial) - 1, 16);
        }
    }

    /// The VP9 payload descriptor of one packet, in flexible mode (RFC 9628 section 4.2).
    pub fn vp9_head(self, frame: SvcFrame, picture: u16, starts: bool, ends: bool, is_sync: bool) -> Vec<u8> {
        let has_structure = frame.is_key && frame.spatial == 0 && starts;
        let flag = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
        let mut head = vec![
            0xB0 | flag(!frame.is_key, 0x40)
                | flag(starts, 0x08)
                | flag(ends, 0x04)
                | flag(has_structure, 0x02)
                | flag(!self.is_for_larger(frame), 0x01),
        ];
        head.extend((picture | 0x8000).to_be_bytes());
        let depends = frame.spatial > 0 && (frame.is_key || !self.key_only);
        head.push(frame.temporal << 5 | flag(is_sync, 0x10) | frame.spatial << 1 | u8::from(depends));
        if !frame.is_key {
            head.push(self.pictures_back(frame.temporal) << 1);
        }
        if has_structure {
            head.push((self.spatial - 1) << 5 | 0x10);
            for spatial in 0..self.spatial {
                head.extend((SMALLEST.0 << spatial).to_be_bytes());
                head.extend((SMALLEST.1 << spatial).to_be_bytes());
            }
        }
        head
    }
}

#[derive(Debug, Default)]
struct Writer {
    bytes: Vec<u8>,
    len: usize,
}

impl Writer {
    fn push(&mut self, value: u32, count: usize) {
        for bit in (0..count).rev() {
            if self.len.is_multiple_of(8) {
                self.bytes.push(0);
            }
            self.bytes[self.len / 8] |= ((value >> bit & 1) as u8) << (7 - self.len % 8);
            self.len += 1;
        }
    }

    fn non_symmetric(&mut self, value: u32, count: u32) {
        let width = u32::BITS - count.leading_zeros();
        let short = (1 << width) - count;
        match value < short {
            true => self.push(value, width as usize - 1),
            false => self.push(value + short, width as usize),
        }
    }
}
