package dev.tandem.store.raft;

import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RecordKind;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is taken out of the groups' outboxes. */
final class AcknowledgeParts {
    private AcknowledgeParts() {}

    /** By the groups' numbers, what each takes out; at least one is asked, whose gate says whether it may be. */
    static Map<Integer, Verb.Acknowledge> of(Verb.Acknowledge acknowledge, int groups) {
        if (groups == 1) {
            return Map.of(1, acknowledge);
        } else if (acknowledge.shard() != Verb.Acknowledge.ANY_SHARD) {
            return Map.of(acknowledge.shard() + 1, acknowledge);
        }
        Map<Integer, List<OutboxEntry>> entries = new TreeMap<>();
        for (OutboxEntry entry : acknowledge.entries()) {
            // Groups that remember one request may have it at one version by chance, and the mirror has that of one of
            // them.
            if (entry.name().kind() != RecordKind.REQUEST) {
                int group = Shards.group(entry.name().name(), groups);
                entries.computeIfAbsent(group, unknown -> new ArrayList<>()).add(entry);
            }
        }
        if (entries.isEmpty()) {
            return Map.of(1, new Verb.Acknowledge(List.of()));
        }
        Map<Integer, Verb.Acknowledge> parts = new TreeMap<>();
        entries.forEach((group, part) -> parts.put(group, new Verb.Acknowledge(List.copyOf(part))));
        return parts;
    }
}
