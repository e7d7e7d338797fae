package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.RaftOp;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.cp.internal.raft.impl.persistence.RestoredRaftState;
import com.hazelcast.spi.impl.NodeEngineImpl;
import dev.tandem.store.raft.log.Entry;
import dev.tandem.store.raft.log.Mark;
import dev.tandem.store.raft.log.RecoveredGroup;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a member back to where its data folder says it was, before it joins the others.
 *
 * <p>A group's committed entries behind its durable state are applied here, and Raft is given the state that they lead to: its
 * log in memory has room for those behind a state that it took itself, and no more.
 */
final class Restore {
    private static final Logger LOG = LoggerFactory.getLogger(Restore.class);

    private final NodeEngineImpl engine;
    private final RaftService raft;
    private final Persistence persistence;
    private final Operations operations;

    Restore(NodeEngineImpl engine, Persistence persistence) {
        this.engine = engine;
        this.raft = engine.getService(RaftService.SERVICE_NAME);
        this.persistence = persistence;
        this.operations = persistence.operations();
    }

    /** Restores all there is. */
    void run() throws IOException {
        MetadataStore metadata = persistence.getCPMetadataStore();
        RaftGroupId metadataGroup = metadata.readMetadataGroupId();
        if (metadataGroup != null) {
            raft.getMetadataGroupManager().restoreMetadataGroupId(metadataGroup);
        }
        CPMemberInfo self = restoreSelf(metadata);
        if (self == null) {
            return;
        }
        List<CPMember> members = new ArrayList<>();
        long index = metadata.readActiveCPMembers(members);
        // Addresses may be taken by others by now, this member's own among them.
        members.removeIf(member ->
                member.getUuid().equals(self.getUuid()) || member.getAddress().equals(self.getAddress()));
        members.add(self);
        raft.updateInvocationManagerMembers(raft.getMetadataGroupId().getSeed(), index, members);
        for (RecoveredGroup group : persistence.folder().recover()) {
            restore(group);
        }
    }

    private @Nullable CPMemberInfo restoreSelf(MetadataStore metadata) throws IOException {
        CPMemberInfo known = metadata.readLocalCPMember();
        if (known == null) {
            return null;
        }
        CPMemberInfo self = new CPMemberInfo(known.getUuid(), engine.getThisAddress());
        if (!self.equals(known)) {
            LOG.info("this member was {}, and is {} now", known.getAddress(), self.getAddress());
            metadata.persistLocalCPMember(self);
        }
        raft.getMetadataGroupManager().restoreLocalCPMember(self);
        return self;
    }

    private void restore(RecoveredGroup group) throws IOException {
        RaftGroupId id = Encoding.group(group.key());
        GroupIdentity identity = GroupIdentity.decode(group.identity());
        List<LogEntry> tail = new ArrayList<>();
        SnapshotEntry state = state(id, group);
        for (Entry entry : group.tail()) {
            tail.add(new LogEntry(entry.term(), entry.index(), operations.toObject(entry.payload())));
        }
        LOG.info(
                "{}: state at entry {}, {} entries behind it, term {}",
                id.getName(),
                group.mark().index(),
                tail.size(),
                group.term());
        persistence.found(group);
        raft.restoreRaftNode(
                id,
                new RestoredRaftState(
                        identity.self(),
                        identity.initial(),
                        group.term(),
                        Encoding.endpoint(group.vote()),
                        state,
                        tail.toArray(LogEntry[]::new)),
                null);
    }

    /** The group's state at its mark; null if there was none yet. */
    private @Nullable SnapshotEntry state(RaftGroupId id, RecoveredGroup group) throws IOException {
        Mark mark = group.mark();
        if (mark.index() == 0) {
            return null;
        }
        Object parts = List.of();
        if (group.snapshot().index() > 0) {
            try (InputStream content = group.openSnapshot()) {
                parts = operations.read(content);
            }
        }
        if (mark.index() > group.snapshot().index()) {
            for (Object part : (List<?>) parts) {
                apply(id, group.snapshot().index(), (RaftOp) part);
            }
            group.forEachCommitted(entry -> {
                if (operations.toObject(entry.payload()) instanceof RaftOp operation) {
                    apply(id, entry.index(), operation);
                }
            });
            parts = Snapshots.parts(engine, id, mark.index());
        }
        return Snapshots.entry(mark, parts);
    }

    private void apply(RaftGroupId group, long index, RaftOp operation) {
        operation.setNodeEngine(engine);
        try {
            operation.run(group, index);
        } catch (Exception e) {
            // It failed when it was applied first, too, and that was its result.
            LOG.debug("{}, entry {}: {}", group.getName(), index, e.toString());
        }
    }
}
