package dev.tandem.store.raft.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a group's log has to hold, kept naively: every entry behind the last state that came from elsewhere. The state that
 * entries lead to is a hash of all of them.
 */
final class LogModel {
    /** One way that the log may be. */
    static final class Version {
        long base;
        long baseHash;
        int term;
        long vote;
        final TreeMap<Long, Entry> entries = new TreeMap<>();

        long last() {
            return entries.isEmpty() ? base : Math.max(base, entries.lastKey());
        }

        long hashAt(long index) {
            long hash = baseHash;
            for (Entry entry : entries.headMap(index, true).values()) {
                if (entry.index() > base) {
                    hash = next(hash, entry);
                }
            }
            return hash;
        }

        int termAt(long index) {
            Entry entry = entries.get(index);
            return entry == null ? 0 : entry.term();
        }

        Version copy() {
            Version copy = new Version();
            copy.base = base;
            copy.baseHash = baseHash;
            copy.term = term;
            copy.vote = vote;
            copy.entries.putAll(entries);
            return copy;
        }
    }

    static long next(long hash, Entry entry) {
        return hash * 1_000_003
                + entry.term() * 31L
                + ByteBuffer.wrap(entry.payload()).hashCode();
    }

    /** With all that was done. */
    Version now = new Version();

    /** With all that was flushed. */
    Version flushed = new Version();

    /** The highest index that is committed. */
    long committed;

    /** The states that were handed to the log, by their index. */
    final Map<Long, Set<Long>> states = new HashMap<>();

    void handOut(long index, long hash) {
        states.computeIfAbsent(index, key -> new HashSet<>()).add(hash);
    }

    /** What is wrong with a log that was found after a crash; null if it is one that may be. Goes on from there. */
    String compare(RecoveredGroup found, boolean flushing) throws IOException {
        long base = found.snapshot().index();
        long hash = 0;
        if (base > 0) {
            try (InputStream content = found.openSnapshot()) {
                hash = ByteBuffer.wrap(content.readAllBytes()).getLong();
            }
            if (!states.getOrDefault(base, Set.of()).contains(hash)) {
                return "the state at " + base + " is none that was written";
            }
        }
        List<Entry> entries = new ArrayList<>();
        found.forEachCommitted(entries::add);
        entries.addAll(found.tail());
        String why = differs(flushed, found, base, entries);
        if (why != null && flushing) {
            String other = differs(now, found, base, entries);
            why = other == null ? null : "neither: " + why + "; nor: " + other;
        }
        if (why != null) {
            return why;
        }
        long at = hash;
        for (Entry entry : entries) {
            at = next(at, entry);
            if (entry.index() == found.mark().index()
                    && !states.getOrDefault(entry.index(), Set.of()).contains(at)) {
                return "the entries up to " + entry.index() + " were never committed like that";
            }
        }
        goOn(found, base, hash, entries);
        return null;
    }

    private static String differs(Version version, RecoveredGroup found, long base, List<Entry> entries) {
        if (base < version.base) {
            return "the state at " + version.base + " is gone, there is one at " + base;
        }
        if (found.term() != version.term || vote(found) != version.vote) {
            return "term " + found.term() + ", vote " + vote(found) + " instead of " + version.term + ", "
                    + version.vote;
        }
        List<Entry> expected = List.copyOf(version.entries.tailMap(base, false).values());
        if (expected.size() != entries.size()) {
            return entries.size() + " entries behind " + base + " instead of " + expected.size();
        }
        for (int i = 0; i < expected.size(); i++) {
            Entry one = expected.get(i);
            Entry other = entries.get(i);
            if (one.index() != other.index()
                    || one.term() != other.term()
                    || !Arrays.equals(one.payload(), other.payload())) {
                return "entry " + one.index() + " differs";
            }
        }
        return null;
    }

    static long vote(RecoveredGroup found) {
        byte[] vote = found.vote();
        return vote == null ? 0 : ByteBuffer.wrap(vote).getLong();
    }

    private void goOn(RecoveredGroup found, long base, long hash, List<Entry> entries) {
        Version version = new Version();
        version.base = base;
        version.baseHash = hash;
        version.term = found.term();
        version.vote = vote(found);
        entries.forEach(entry -> version.entries.put(entry.index(), entry));
        now = version;
        flushed = version.copy();
        committed = found.mark().index();
    }
}
