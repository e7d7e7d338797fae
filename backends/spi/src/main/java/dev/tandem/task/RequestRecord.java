package dev.tandem.task;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
