package dev.tandem.task;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a store remembers of an applied command that carried a {@link RequestKey}.
 *
 * @param verbCode which verb it was: {@link Verb#code()}
 * @param touched what it wrote: a task's id, or a lease's scope, with the version that it got
 * @param count how many records it deleted, for the verbs that tell
 * @param forgetAtMillis the record may be dropped from this instant on
 */
public record RequestRecord(
        String requestId, long bodyHash, int verbCode, List<Touched> touched, long count, long forgetAtMillis)
        implements StoredRecord {
    /** One record that the command wrote, and its version then. */
    public record Touched(String id, long version) {}

    /**
     * What is to be remembered of an applied request; null for one that may be tried anew.
     *
     * @param at the time of the command
     */
    public static @Nullable RequestRecord of(RequestKey request, Verb verb, Outcome outcome, long at) {
        List<Touched> touched;
        long count = 0;
        if (outcome instanceof Outcome.Applied applied) {
            touched = List.of(new Touched(applied.task().id(), applied.task().version()));
        } else if (outcome instanceof Outcome.Unchanged unchanged) {
            touched =
                    List.of(new Touched(unchanged.task().id(), unchanged.task().version()));
        } else if (outcome instanceof Outcome.Deleted deleted) {
            touched = List.of(new Touched(deleted.taskId(), deleted.version()));
        } else if (outcome instanceof Outcome.Granted granted) {
            touched =
                    List.of(new Touched(granted.lease().scope(), granted.lease().token()));
        } else if (outcome instanceof Outcome.Claimed claimed) {
            if (claimed.tasks().isEmpty()) {
                return null;
            }
            touched = claimed.tasks().stream()
                    .map(task -> new Touched(task.id(), claimedAs(task)))
                    .toList();
        } else if (outcome instanceof Outcome.Swept swept) {
            touched = List.of();
            count = swept.deleted();
        } else {
            return null;
        }
        return new RequestRecord(
                request.id(), request.bodyHash(), verb.code(), touched, count, at + request.keepMillis());
    }

    /** The version that the claim gave it: one that is claimed again by a repeated request may have been renewed since. */
    private static long claimedAs(Task task) {
        TaskLease lease = task.lease();
        return lease == null ? task.version() : lease.token();
    }

    @Override
    public ScanPosition position() {
        return new ScanPosition(RecordKind.REQUEST, forgetAtMillis, 0, requestId);
    }

    /**
     * What two records of one request remember together, as shards do that each know a part of it; of two different
     * requests under one id, the later one.
     */
    public RequestRecord together(RequestRecord other) {
        if (bodyHash != other.bodyHash || verbCode != other.verbCode) {
            return other.forgetAtMillis > forgetAtMillis ? other : this;
        }
        Map<String, Long> versions = new LinkedHashMap<>();
        touched.forEach(each -> versions.merge(each.id(), each.version(), Math::max));
        other.touched.forEach(each -> versions.merge(each.id(), each.version(), Math::max));
        List<Touched> all = new ArrayList<>(versions.size());
        versions.forEach((id, version) -> all.add(new Touched(id, version)));
        return new RequestRecord(
                requestId,
                bodyHash,
                verbCode,
                List.copyOf(all),
                Math.max(count, other.count),
                Math.max(forgetAtMillis, other.forgetAtMillis));
    }
}
