use proptest::prelude::*;

use super::*;
use crate::fuzz::svc::{SMALLEST, Scalability, SvcFrame};

const L3T3_KEY: Scalability = Scalability { spatial: 3, temporal: 3, key_only: true };
const L3T3: Scalability = Scalability { key_only: false, ..L3T3_KEY };

fn frame(spatial: u8, temporal: u8, is_key: bool) -> SvcFrame {
    SvcFrame { spatial, temporal, is_key }
}

fn layer(spatial: u8, temporal: u8) -> Layer {
    Layer { spatial, temporal }
}

fn begun(mode: Scalability) -> Option<Box<Structure>> {
    let mut known = None;
    let key = read(&mode.descriptor(frame(0, 0, true), 7, true, false), &mut known).expect("a descriptor");
    assert!(key.facts.has_structure && key.starts_frame && key.reach == 0);
    assert_eq!(key.has_layers, mode.spatial * mode.temporal > 1);
    known
}

#[test]
fn a_structure_names_the_targets_and_their_sizes() {
    let structure = begun(L3T3_KEY).unwrap();
    let expected: Vec<_> = (0..3).flat_map(|spatial| (0..3).map(move |temporal| layer(spatial, temporal))).collect();
    assert_eq!(structure.targets(), expected);
    let (width, height) = SMALLEST;
    assert_eq!(structure.sizes[..3], [1, 2, 4].map(|times| Some((width * times, height * times))));
    assert_eq!(structure.all_targets(), 0x1FF);
    assert_eq!(structure.active_targets(layer(1, 1)), 0b000_011_011);
    assert_eq!(structure.active_targets(Layer::ALL), structure.all_targets());
}

#[test]
fn a_frame_is_needed_by_what_its_template_says() {
    for mode in [L3T3, L3T3_KEY] {
        let mut known = begun(mode);
        let delta = read(&mode.descriptor(frame(0, 1, false), 8, true, true), &mut known).unwrap();
        assert_eq!((delta.layer, delta.facts.frame_number, delta.reach), (layer(0, 1), 8, 6));
        assert!(delta.needed_by.contains(layer(0, 1)) && delta.needed_by.contains(Layer::ALL));
        assert!(!delta.needed_by.contains(layer(0, 0)));
        assert_eq!(delta.needed_by.contains(layer(2, 2)), !mode.key_only);
        assert!(delta.switches_to.contains(layer(0, 2)) && !delta.switches_to.contains(layer(0, 1)));
        let larger = read(&mode.descriptor(frame(1, 0, true), 9, true, true), &mut known).unwrap();
        assert_eq!((larger.reach, larger.layer), (1, layer(1, 0)), "nothing but the smaller picture");
    }
}

#[test]
fn a_descriptor_without_its_structure_says_nothing() {
    let mut known = None;
    assert_eq!(read(&L3T3.descriptor(frame(0, 1, false), 8, true, true), &mut known), None);
    let mut known = begun(Scalability { spatial: 1, temporal: 1, key_only: false });
    assert_eq!(read(&L3T3.descriptor(frame(2, 2, false), 8, true, true), &mut known), None, "a template there is not");
}

#[test]
fn a_custom_descriptor_overrides_its_template() {
    let mut known = begun(Scalability { spatial: 1, temporal: 2, key_only: false });
    // Template 1, frame 5; flags: custom indications, references and chains. Discardable and not present; references 3 and 20 back
    // in four and eight bits; one chain.
    let bits = "1 1 000001 0000000000000101 00111 01 00 01 0010 10 00010011 00 00000001";
    let mut data = Vec::new();
    for (at, bit) in bits.bytes().filter(|byte| *byte != b' ').enumerate() {
        if at % 8 == 0 {
            data.push(0);
        }
        data[at / 8] |= (bit - b'0') << (7 - at % 8);
    }
    let read = read(&data, &mut known).unwrap();
    assert_eq!(read.reach, 20);
    assert!(read.needed_by.contains(layer(0, 0)) && !read.needed_by.contains(layer(0, 1)));
}

#[test]
fn a_rewritten_descriptor_says_the_same_of_its_frame_with_another_number_and_fewer_targets() {
    let samples = [frame(0, 0, true), frame(0, 2, false), frame(2, 1, false), frame(1, 0, true)];
    for (sample, starts) in samples.into_iter().flat_map(|sample| [(sample, true), (sample, false)]) {
        let mut known = begun(L3T3_KEY);
        let original = L3T3_KEY.descriptor(sample, 65_530, starts, true);
        let before = read(&original, &mut known).unwrap();
        let mut out = [0; DESCRIPTOR_BYTES_MAX];
        for (first, second) in [(0b011, 0b001), (0b111_111_111, 0b000_000_111)] {
            let change = DescriptorChange { frame_number: 10, active_targets: Some(first) };
            let len = before.facts.rewrite(&original, change, &mut out).unwrap();
            let once = out[..len].to_vec();
            let after = read(&once, &mut begun(L3T3_KEY)).unwrap();
            let same = DescriptorFacts { frame_number: 4, has_mask: true, ..before.facts };
            assert_eq!(after, Descriptor { facts: same, ..before });
            assert_eq!(mask_of(&once, &after), first);
            // What is rewritten again may only lose targets.
            let change = DescriptorChange { frame_number: 0, active_targets: Some(second) };
            let len = after.facts.rewrite(&once, change, &mut out).unwrap();
            assert_eq!(mask_of(&out[..len], &after), first & second);
            assert_eq!(len, once.len());
        }
        let change = DescriptorChange { frame_number: 1, active_targets: None };
        let len = before.facts.rewrite(&original, change, &mut out).unwrap();
        assert_eq!((out[1..3].to_vec(), &out[3..len]), (65_531u16.to_be_bytes().to_vec(), &original[3..]));
    }
}

fn mask_of(data: &[u8], descriptor: &Descriptor) -> u32 {
    let mut bits = Bits::new(data);
    bits.skip(u32::from(descriptor.facts.mask_at)).unwrap();
    bits.bits(u32::from(descriptor.facts.target_count)).unwrap()
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_and_what_is_read_can_be_rewritten(
        data in prop::collection::vec(any::<u8>(), 0..120),
        structure in prop::collection::vec(any::<u8>(), 0..120),
        targets in any::<u32>(),
    ) {
        let mut known = None;
        read(&structure, &mut known);
        for mut known in [known, begun(L3T3)] {
            let Some(descriptor) = read(&data, &mut known) else { continue };
            let structure = known.unwrap();
            prop_assert!(descriptor.layer.is_within(Layer::ALL));
            prop_assert_eq!(structure.active_targets(Layer::ALL), structure.all_targets());
            let mut out = [0; DESCRIPTOR_BYTES_MAX];
            let change = DescriptorChange { frame_number: 3, active_targets: Some(targets & structure.all_targets()) };
            let len = descriptor.facts.rewrite(&data, change, &mut out).unwrap();
            let after = read(&out[..len], &mut Some(structure)).unwrap();
            prop_assert_eq!((after.layer, after.needed_by, after.reach), (descriptor.layer, descriptor.needed_by, descriptor.reach));
        }
    }
}
