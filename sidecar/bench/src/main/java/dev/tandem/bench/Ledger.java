package dev.tandem.bench;

import com.google.protobuf.ByteString;
import dev.tandem.v1.Task;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What callers were told of each task of a run: the newest version that was acknowledged, or that it was deleted. What is found later is judged by it.
 *
 * <p>It believes that nobody else changes these tasks, and that a deleted id is never used again. Not safe for use by several threads.
 */
final class Ledger {
    /** How what is found contradicts what callers were told. */
    enum Fault {
        /** It was acknowledged, and is not there. */
        MISSING,
        /** An older version is there than was acknowledged. */
        OLDER,
        /** The acknowledged version is there, and has another state or payload. */
        DIFFERENT,
        /** A newer version is there than anybody has asked for. */
        NEWER,
        /** It was deleted, and is there. */
        BACK
    }

    /** What was known of a task when somebody began to read it. */
    record Seen(long version, boolean isDeleted) {}

    private static final class Entry {
        private long version;
        private Task.State state = Task.State.STATE_UNSPECIFIED;
        private boolean isDeleted;
        /** A deletion is under way, or its result is unknown. */
        private boolean mayBeGone;
        /** The result of a change is unknown. */
        private boolean mayBeNewer;
    }

    private final Map<String, Entry> entries = new HashMap<>();
    private final int payloadBytes;
    private boolean isAnyClaimUnknown;

    /** @param payloadBytes how large payloads are */
    Ledger(int payloadBytes) {
        this.payloadBytes = payloadBytes;
    }

    /** The payload of a task of this id, by which another one's is told. */
    ByteString payload(String id) {
        byte[] name = id.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[payloadBytes];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = name[i % name.length];
        }
        return ByteString.copyFrom(bytes);
    }

    /** An answer said so. Answers may come in another order than that of the changes. */
    void acknowledge(Task task) {
        Entry entry = entry(task.getTaskId());
        long version = version(task);
        if (version > entry.version) {
            entry.version = version;
            entry.state = task.getState();
        }
    }

    /** A deletion was begun. */
    void deleting(String id) {
        entry(id).mayBeGone = true;
    }

    void acknowledgeDeletion(String id) {
        entry(id).isDeleted = true;
    }

    /** A deletion has failed, and was not made. */
    void notDeleted(String id) {
        entry(id).mayBeGone = false;
    }

    /** A change of it may have been made, or not. */
    void unknown(String id) {
        entry(id).mayBeNewer = true;
    }

    /** A claim may have taken a task, whichever, or not. */
    void unknownClaim() {
        isAnyClaimUnknown = true;
    }

    Seen seen(String id) {
        Entry entry = entry(id);
        return new Seen(entry.version, entry.isDeleted);
    }

    /**
     * Judges what a read has found while changes went on.
     *
     * @param seen what was known when the read began
     * @param found null if nothing was
     * @return null if it may be so
     */
    @Nullable
    Fault judge(Seen seen, String id, @Nullable Task found) {
        if (found == null) {
            return seen.version() == 0 || entry(id).mayBeGone ? null : Fault.MISSING;
        } else if (seen.isDeleted()) {
            return Fault.BACK;
        }
        return version(found) < seen.version() ? Fault.OLDER : null;
    }

    /**
     * Judges what is there when no call is under way any more.
     *
     * @param found null if nothing is
     * @return null if it is as it has to be
     */
    @Nullable
    Fault judge(String id, @Nullable Task found) {
        Entry entry = entry(id);
        if (found == null) {
            return entry.version == 0 || entry.mayBeGone ? null : Fault.MISSING;
        } else if (entry.isDeleted) {
            return Fault.BACK;
        }
        long version = version(found);
        if (version < entry.version) {
            return Fault.OLDER;
        } else if (version > entry.version) {
            return entry.mayBeNewer || mayBeClaimed(entry, found) ? null : Fault.NEWER;
        }
        boolean isSame = found.getState() == entry.state && found.getPayload().equals(payload(id));
        return isSame ? null : Fault.DIFFERENT;
    }

    private boolean mayBeClaimed(Entry entry, Task found) {
        return isAnyClaimUnknown && entry.state == Task.State.ENQUEUED && found.getState() == Task.State.PROCESSING;
    }

    /** All tasks that were ever heard of, deleted ones too, in the order of their ids. */
    List<String> ids() {
        return entries.keySet().stream().sorted().toList();
    }

    private Entry entry(String id) {
        return entries.computeIfAbsent(id, first -> new Entry());
    }

    /** Etags are versions, and rise with each change. */
    private static long version(Task task) {
        return Long.parseLong(task.getEtag());
    }
}
