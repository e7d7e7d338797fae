package dev.tandem.store.raft;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.RequestRecord.Touched;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;

/** Another store's records, as the groups that they belong to take them over. */
final class MirrorParts {
    private MirrorParts() {}

    /** What each of the groups takes over, in their order. */
    static List<Verb.Mirror> of(Verb.Mirror mirror, int groups) {
        if (groups == 1) {
            return List.of(mirror);
        }
        List<List<StoredRecord>> parts = new ArrayList<>();
        for (int i = 0; i < groups; i++) {
            parts.add(new ArrayList<>());
        }
        long version = mirror.version();
        for (StoredRecord record : mirror.records()) {
            if (record instanceof RequestRecord request) {
                add(request, parts);
            } else {
                parts.get(Shards.group(record.position().name(), groups) - 1).add(record);
                version = Math.max(version, versionOf(record));
            }
        }
        long highest = version;
        return parts.stream()
                .map(part -> new Verb.Mirror(List.copyOf(part), highest))
                .toList();
    }

    private static long versionOf(StoredRecord record) {
        return record instanceof Task task
                ? task.version()
                : record instanceof Tombstone tombstone ? tombstone.version() : ((LeaderLease) record).version();
    }

    /**
     * A request is remembered by the groups of what it touched. One that touched nothing, such as a sweep, is by all of
     * them, as each is asked when it comes again; the first says how much it did.
     */
    private static void add(RequestRecord request, List<List<StoredRecord>> parts) {
        int groups = parts.size();
        for (int i = 0; i < groups; i++) {
            int group = i + 1;
            List<Touched> touched = request.touched().stream()
                    .filter(each -> Shards.group(each.id(), groups) == group)
                    .toList();
            if (!touched.isEmpty() || request.touched().isEmpty()) {
                parts.get(i)
                        .add(new RequestRecord(
                                request.requestId(),
                                request.bodyHash(),
                                request.verbCode(),
                                touched,
                                i == 0 ? request.count() : 0,
                                request.forgetAtMillis()));
            }
        }
    }

    /** What the groups answered, as one outcome. Fails if one of them did, when all have ended. */
    static Future<Outcome> together(ContextInternal context, List<Future<Outcome>> parts) {
        return GroupAnswers.joined(
                context,
                parts,
                MirrorParts::applied,
                outcomes -> outcomes.stream()
                        .filter(outcome -> !(outcome instanceof Outcome.Mirrored))
                        .findFirst()
                        .orElseGet(() -> new Outcome.Mirrored(
                                outcomes.stream().mapToLong(MirrorParts::count).sum())));
    }

    private static boolean applied(Outcome outcome) {
        return count(outcome) > 0;
    }

    private static long count(Outcome outcome) {
        return outcome instanceof Outcome.Mirrored mirrored ? mirrored.applied() : 0;
    }
}
