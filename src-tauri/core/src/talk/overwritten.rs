//! Changes of a list that nobody sees, because others of the same batch undo them.

use matrix_sdk_ui::eyeball_im::VectorDiff;

/// A batch of changes to a list without the values that are overwritten within it: the SDK adds a message, and
/// then sets it anew with what it has found out about it. Each value is converted and sent to the window,
/// which for a long message is what takes the most time. `length` is the list's, before and then after.
pub fn without_overwritten<T>(
    changes: Vec<VectorDiff<T>>,
    length: &mut usize,
) -> Vec<VectorDiff<T>> {
    let mut steps: Vec<Step<T>> = Vec::with_capacity(changes.len());
    for change in changes {
        let before = *length;
        *length = length_after(&change, before);
        let change = match change {
            VectorDiff::Set { index, value } => match origin(&steps, index) {
                Some(origin) => {
                    replace_value(&mut steps[origin].change, value);
                    continue;
                }
                None => VectorDiff::Set { index, value },
            },
            other => other,
        };
        steps.push(Step { change, before });
    }
    steps.into_iter().map(|step| step.change).collect()
}

/// The values that a change brings.
pub fn values<T>(change: &VectorDiff<T>) -> Box<dyn Iterator<Item = &T> + '_>
where
    T: Clone,
{
    match change {
        VectorDiff::Append { values } | VectorDiff::Reset { values } => Box::new(values.iter()),
        VectorDiff::PushFront { value }
        | VectorDiff::PushBack { value }
        | VectorDiff::Insert { value, .. }
        | VectorDiff::Set { value, .. } => Box::new(std::iter::once(value)),
        _ => Box::new(std::iter::empty()),
    }
}

/// A change, and how long the list was before it.
struct Step<T> {
    change: VectorDiff<T>,
    before: usize,
}

/// Which of the changes brought the item that is at `index` after all of them; `None` where it was there
/// before, or came with others.
fn origin<T>(steps: &[Step<T>], mut index: usize) -> Option<usize> {
    for (place, Step { change, before }) in steps.iter().enumerate().rev() {
        match change {
            VectorDiff::PushBack { .. } if index == *before => return Some(place),
            VectorDiff::PushFront { .. } if index == 0 => return Some(place),
            VectorDiff::Insert { index: at, .. } | VectorDiff::Set { index: at, .. }
                if index == *at =>
            {
                return Some(place);
            }
            VectorDiff::PushFront { .. } => index -= 1,
            VectorDiff::Insert { index: at, .. } if *at < index => index -= 1,
            VectorDiff::PopFront => index += 1,
            VectorDiff::Remove { index: at } if *at <= index => index += 1,
            VectorDiff::Append { .. }
            | VectorDiff::Clear
            | VectorDiff::Truncate { .. }
            | VectorDiff::Reset { .. } => return None,
            _ => {}
        }
    }
    None
}

fn replace_value<T>(change: &mut VectorDiff<T>, new: T) {
    if let VectorDiff::PushBack { value }
    | VectorDiff::PushFront { value }
    | VectorDiff::Insert { value, .. }
    | VectorDiff::Set { value, .. } = change
    {
        *value = new;
    }
}

fn length_after<T>(change: &VectorDiff<T>, length: usize) -> usize {
    match change {
        VectorDiff::Append { values } => length + values.len(),
        VectorDiff::Clear => 0,
        VectorDiff::PushFront { .. } | VectorDiff::PushBack { .. } | VectorDiff::Insert { .. } => {
            length + 1
        }
        VectorDiff::PopFront | VectorDiff::PopBack | VectorDiff::Remove { .. } => {
            length.saturating_sub(1)
        }
        VectorDiff::Set { .. } => length,
        VectorDiff::Truncate { length } => *length,
        VectorDiff::Reset { values } => values.len(),
    }
}

#[cfg(test)]
mod tests {
    use matrix_sdk_ui::eyeball_im::Vector;
    use proptest::prelude::*;

    use super::*;

    /// Kinds of changes and places, of which those are made that fit the list as it is then.
    fn make(choices: &[(u8, usize)], list: &Vector<u32>) -> Vec<VectorDiff<u32>> {
        let mut list = list.clone();
        let mut made = Vec::new();
        for (number, &(kind, place)) in choices.iter().enumerate() {
            let value = 1000 + u32::try_from(number).expect("few");
            let at = place % list.len().max(1);
            let change = match kind {
                0 => VectorDiff::PushBack { value },
                1 => VectorDiff::PushFront { value },
                2 => VectorDiff::Insert { index: place % (list.len() + 1), value },
                3 => VectorDiff::Append { values: [value, value + 500].into_iter().collect() },
                4 => VectorDiff::Reset { values: [value, value + 500].into_iter().collect() },
                5 => VectorDiff::Clear,
                _ if list.is_empty() => continue,
                6 => VectorDiff::PopFront,
                7 => VectorDiff::PopBack,
                8 => VectorDiff::Remove { index: at },
                9 => VectorDiff::Truncate { length: at },
                _ => VectorDiff::Set { index: at, value },
            };
            change.clone().apply(&mut list);
            made.push(change);
        }
        made
    }

    proptest! {
        #[test]
        fn the_list_is_the_same(
            length in 0u32..4,
            choices in proptest::collection::vec((0u8..16, 0usize..6), 0..12),
        ) {
            let before: Vector<u32> = (0..length).collect();
            let changes = make(&choices, &before);
            let (mut all, mut fewer) = (before.clone(), before.clone());
            changes.iter().cloned().for_each(|change| change.apply(&mut all));
            let mut length = before.len();
            let kept = without_overwritten(changes.clone(), &mut length);
            prop_assert!(kept.len() <= changes.len());
            prop_assert_eq!(length, all.len());
            for change in kept {
                change.apply(&mut fewer);
            }
            prop_assert_eq!(all, fewer);
        }
    }

    #[test]
    fn what_is_set_at_once_is_there_once() {
        let changes = vec![
            VectorDiff::PushBack { value: 'a' },
            VectorDiff::Set { index: 2, value: 'b' },
            VectorDiff::Insert { index: 0, value: 'c' },
            VectorDiff::Set { index: 3, value: 'd' },
            VectorDiff::Set { index: 1, value: 'e' },
        ];
        assert_eq!(
            without_overwritten(changes, &mut 2),
            [
                VectorDiff::PushBack { value: 'd' },
                VectorDiff::Insert { index: 0, value: 'c' },
                VectorDiff::Set { index: 1, value: 'e' },
            ]
        );
    }
}
