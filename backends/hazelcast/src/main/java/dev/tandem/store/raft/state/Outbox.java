package dev.tandem.store.raft.state;

import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import org.jspecify.annotations.Nullable;

/**
 * What a namespace has written and its mirror has not: by name, and in the order of the versions. Copies share what they have, as those of
 * {@link HashTrie} do, with the same rules for threads.
 */
final class Outbox {
    /** @param key the kind's code as a letter, and the name: in the order of entries of one version */
    private record Kept(String key, long version) {}

    private final Edit edit;
    private final HashTrie<Kept> byName;
    private final OrderedNames keys;

    Outbox(Edit edit) {
        this(edit, new HashTrie<>(Kept::key, edit), new OrderedNames(edit));
    }

    private Outbox(Edit edit, HashTrie<Kept> byName, OrderedNames keys) {
        this.edit = edit;
        this.byName = byName;
        this.keys = keys;
    }

    /** The outbox as it is now, to be changed in an edit; itself if it was made for that. */
    Outbox in(Edit other) {
        return other == edit ? this : new Outbox(other, byName.in(other), keys.in(other));
    }

    private static String key(RecordName name) {
        return (char) name.kind().code() + name.name();
    }

    int size() {
        return byName.size();
    }

    boolean has(OutboxEntry entry) {
        Kept kept = byName.get(key(entry.name()));
        return kept != null && kept.version() == entry.version();
    }

    void put(OutboxEntry entry) {
        Kept kept = new Kept(key(entry.name()), entry.version());
        Kept before = byName.put(kept);
        if (before != null) {
            keys.remove(before.version(), before.key());
        }
        keys.add(kept.version(), kept.key());
    }

    /** Takes an entry away that it {@link #has}. */
    void remove(OutboxEntry entry) {
        String key = key(entry.name());
        byName.remove(key);
        keys.remove(entry.version(), key);
    }

    /** All entries, oldest version first. */
    Walk all() {
        return new Walk(keys.from(Long.MIN_VALUE, ""));
    }

    /** Goes from entry to entry of an outbox that does not change meanwhile. */
    static final class Walk {
        private final OrderedNames.Walk keys;

        private Walk(OrderedNames.Walk keys) {
            this.keys = keys;
        }

        /** The next one; null at the end. */
        @Nullable
        OutboxEntry next() {
            String key = keys.next();
            return key == null
                    ? null
                    : new OutboxEntry(
                            new RecordName(RecordKind.ofCode(key.charAt(0)), key.substring(1)), keys.number());
        }
    }
}
