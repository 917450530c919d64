//! The dependency descriptor header extension (RTP Payload Format For AV1, appendix A): which frames a choice of layers
//! needs, said outside of the payload.
//!
//! A key frame brings a structure with templates; every packet names one and says where it differs. Owns reading both and
//! rewriting what one subscriber gets to see. A descriptor that makes no sense says nothing.

use super::bits::Bits;
use super::{NO_SIZES, Sizes};
use crate::layers::{Layer, LayerSet};

const TEMPLATES_MAX: usize = 64;
const TARGETS_MAX: usize = 32;

/// Descriptors are elements of an extension block, whose length is a byte.
pub const DESCRIPTOR_BYTES_MAX: usize = 255;

const MANDATORY_BYTES: usize = 3;
const BITMASK_FLAG_AT: usize = 25;
const FLAGS_END: usize = 29;

/// Decode target indications.
const NOT_PRESENT: u32 = 0;
const SWITCH: u32 = 2;

/// What templates the descriptors of a coded video sequence refer to.
#[derive(Debug, Clone)]
pub struct Structure {
    id_offset: u8,
    templates: [Template; TEMPLATES_MAX],
    template_count: usize,
    /// The layer that each decode target reaches.
    targets: [Layer; TARGETS_MAX],
    target_count: usize,
    chain_count: u32,
    pub sizes: Sizes,
}

#[derive(Debug, Clone, Copy, Default)]
struct Template {
    layer: Layer,
    indications: [u8; TARGETS_MAX],
    /// How many frames back the furthest reference is; 0 for none.
    reach: u16,
}

/// What is kept of a packet's descriptor, to rewrite it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescriptorFacts {
    pub frame_number: u16,
    /// Bit at which the mask of active decode targets stands, or would.
    mask_at: u16,
    target_count: u8,
    has_mask: bool,
    pub has_structure: bool,
}

/// What a descriptor says of its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    pub starts_frame: bool,
    pub ends_frame: bool,
    pub layer: Layer,
    pub needed_by: LayerSet,
    pub switches_to: LayerSet,
    /// How many frames back the furthest reference is; 0 for none.
    pub reach: u16,
    /// There is more than one choice.
    pub has_layers: bool,
    pub facts: DescriptorFacts,
}

/// Reads a descriptor. A structure in it replaces the `known` one.
pub fn read(data: &[u8], known: &mut Option<Box<Structure>>) -> Option<Descriptor> {
    let mut bits = Bits::new(data);
    let (starts_frame, ends_frame) = (bits.bit()?, bits.bit()?);
    let template_id = bits.bits(6)? as u8;
    let frame_number = bits.bits(16)? as u16;
    let is_extended = data.len() > MANDATORY_BYTES;
    let mut flag = || if is_extended { bits.bit() } else { Some(false) };
    let (has_structure, has_mask) = (flag()?, flag()?);
    let (custom_indications, custom_references, custom_chains) = (flag()?, flag()?, flag()?);
    if has_structure {
        let structure = read_structure(&mut bits)?;
        match known {
            Some(known) => **known = structure,
            None => *known = Some(Box::new(structure)),
        }
    }
    let structure = known.as_deref()?;
    let mask_at = if is_extended { bits.position() } else { FLAGS_END };
    if has_mask {
        bits.bits(structure.target_count as u32)?;
    }

    let index = usize::from(template_id.wrapping_sub(structure.id_offset) & 0x3F);
    let mut frame = *structure.templates[..structure.template_count].get(index)?;
    if custom_indications {
        for indication in &mut frame.indications[..structure.target_count] {
            *indication = bits.bits(2)? as u8;
        }
    }
    if custom_references {
        frame.reach = 0;
        loop {
            let size = bits.bits(2)?;
            if size == 0 {
                break;
            }
            frame.reach = frame.reach.max(bits.bits(4 * size)? as u16 + 1);
        }
    }
    if custom_chains {
        bits.skip(8 * structure.chain_count)?;
    }

    let (mut needed_by, mut switches_to) = (LayerSet::NONE, LayerSet::NONE);
    needed_by.insert(Layer::ALL);
    for (target, indication) in structure.targets().iter().zip(frame.indications) {
        if u32::from(indication) != NOT_PRESENT {
            needed_by.insert(*target);
        }
        if u32::from(indication) == SWITCH {
            switches_to.insert(*target);
        }
    }
    Some(Descriptor {
        starts_frame,
        ends_frame,
        layer: frame.layer,
        needed_by,
        switches_to,
        reach: frame.reach,
        has_layers: structure.target_count > 1,
        facts: DescriptorFacts {
            frame_number,
            mask_at: u16::try_from(mask_at).ok()?,
            target_count: structure.target_count as u8,
            has_mask,
            has_structure,
        },
    })
}

fn read_structure(bits: &mut Bits<'_>) -> Option<Structure> {
    let id_offset = bits.bits(6)? as u8;
    let target_count = bits.bits(5)? as usize + 1;
    let mut templates = [Template::default(); TEMPLATES_MAX];
    let template_count = read_layers(bits, &mut templates)?;
    let read = &mut templates[..template_count];
    for template in &mut *read {
        for indication in &mut template.indications[..target_count] {
            *indication = bits.bits(2)? as u8;
        }
    }
    for template in &mut *read {
        while bits.bit()? {
            template.reach = template.reach.max(bits.bits(4)? as u16 + 1);
        }
    }
    let chain_count = non_symmetric(bits, target_count as u32 + 1)?;
    if chain_count > 0 {
        for _ in 0..target_count {
            non_symmetric(bits, chain_count)?;
        }
        bits.skip(4 * chain_count * template_count as u32)?;
    }
    let mut targets = [Layer::default(); TARGETS_MAX];
    for (index, target) in targets[..target_count].iter_mut().enumerate() {
        let present = read.iter().filter(|template| u32::from(template.indications[index]) != NOT_PRESENT);
        for Layer { spatial, temporal } in present.map(|template| template.layer) {
            *target = Layer { spatial: target.spatial.max(spatial), temporal: target.temporal.max(temporal) };
        }
    }
    let mut sizes = NO_SIZES;
    if bits.bit()? {
        let largest = read.iter().map(|template| template.layer.spatial).max()?;
        for size in &mut sizes[..=usize::from(largest)] {
            let mut side = || bits.bits(16)?.checked_add(1).and_then(|side| u16::try_from(side).ok());
            *size = Some((side()?, side()?));
        }
    }
    Some(Structure { id_offset, templates, template_count, targets, target_count, chain_count, sizes })
}

/// Returns how many templates there are.
fn read_layers(bits: &mut Bits<'_>, templates: &mut [Template; TEMPLATES_MAX]) -> Option<usize> {
    let (mut spatial, mut temporal) = (0, 0);
    for (index, template) in templates.iter_mut().enumerate() {
        template.layer = Layer::new(spatial, temporal)?;
        match bits.bits(2)? {
            0 => {}
            1 => temporal += 1,
            2 => (spatial, temporal) = (spatial + 1, 0),
            _ => return Some(index + 1),
        }
    }
    None
}

/// `ns(n)` of AV1 section 4.10.7.
fn non_symmetric(bits: &mut Bits<'_>, count: u32) -> Option<u32> {
    let width = u32::BITS - count.leading_zeros();
    let short = (1 << width) - count;
    let value = bits.bits(width - 1)?;
    match value < short {
        true => Some(value),
        false => Some((value << 1) - short + u32::from(bits.bit()?)),
    }
}

impl Structure {
    fn targets(&self) -> &[Layer] {
        &self.targets[..self.target_count]
    }

    /// The decode targets that can be decoded from what a choice of layers gets, the first one in the lowest bit.
    pub fn active_targets(&self, choice: Layer) -> u32 {
        (0..).zip(self.targets()).filter(|(_, target)| target.is_within(choice)).fold(0, |mask, (at, _)| mask | 1 << at)
    }

    pub fn all_targets(&self) -> u32 {
        u32::MAX >> (TARGETS_MAX - self.target_count)
    }
}

/// What one subscriber sees otherwise than its publisher said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DescriptorChange {
    /// What is added to frame numbers, so that they go on when the encoding changes.
    pub frame_number: u16,
    /// The decode targets that are there; `None`: as the publisher said.
    pub active_targets: Option<u32>,
}

impl DescriptorFacts {
    /// Whether `structure` is the one that the descriptor was read with, as far as can be told.
    pub fn fits(&self, structure: &Structure) -> bool {
        usize::from(self.target_count) == structure.target_count
    }

    pub fn has_mask(&self) -> bool {
        self.has_mask
    }

    /// Writes the descriptor as it goes to a subscriber; returns its length, or `None` when it does not fit.
    pub fn rewrite(
        &self,
        data: &[u8],
        change: DescriptorChange,
        out: &mut [u8; DESCRIPTOR_BYTES_MAX],
    ) -> Option<usize> {
        let len = match change.active_targets {
            None => {
                out.get_mut(..data.len())?.copy_from_slice(data);
                data.len()
            }
            Some(targets) => self.insert_mask(data, targets, out)?,
        };
        let number = self.frame_number.wrapping_add(change.frame_number);
        out[1..MANDATORY_BYTES].copy_from_slice(&number.to_be_bytes());
        Some(len)
    }

    fn insert_mask(&self, data: &[u8], targets: u32, out: &mut [u8; DESCRIPTOR_BYTES_MAX]) -> Option<usize> {
        out.fill(0);
        let (mask_at, mask_len) = (usize::from(self.mask_at), usize::from(self.target_count));
        let bit = |at: usize| data.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 != 0);
        let mut end = 0;
        let mut push = |is_set: bool| {
            let byte = out.get_mut(end / 8)?;
            *byte |= u8::from(is_set) << (7 - end % 8);
            end += 1;
            Some(())
        };
        for at in 0..mask_at {
            push(bit(at) || at == BITMASK_FLAG_AT)?;
        }
        let rest = if self.has_mask { mask_at + mask_len } else { mask_at };
        for target in (0..mask_len).rev() {
            // What the publisher does not send is not there either.
            let is_sent = !self.has_mask || bit(mask_at + mask_len - 1 - target);
            push(is_sent && targets >> target & 1 != 0)?;
        }
        for at in rest..data.len() * 8 {
            push(bit(at))?;
        }
        Some(end.div_ceil(8))
    }
}

#[cfg(test)]
mod tests;
