package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroup;
import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.persistence.CPPersistenceService;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.persistence.LogFileStructure;
import com.hazelcast.cp.internal.raft.impl.persistence.RaftStateStore;
import com.hazelcast.instance.impl.Node;
import dev.tandem.store.raft.log.DataFolder;
import dev.tandem.store.raft.log.GroupLog;
import dev.tandem.store.raft.log.LogStatus;
import dev.tandem.store.raft.log.RecoveredGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What Hazelcast asks for when it wants something kept: this member's data folder. */
final class Persistence implements CPPersistenceService {
    private final Node node;
    private final DataFolder folder;
    private final MetadataStore metadata;

    /** Read from disk, and not taken over by a Raft node yet. */
    private final Map<RaftGroupId, RecoveredGroup> recovered = new ConcurrentHashMap<>();

    private final Map<RaftGroupId, GroupLog> logs = new ConcurrentHashMap<>();

    Persistence(Node node, DataFolder folder) {
        this.node = node;
        this.folder = folder;
        this.metadata = new MetadataStore(folder);
    }

    @Override
    public boolean isEnabled() {
        return true;
    }

    @Override
    public MetadataStore getCPMetadataStore() {
        return metadata;
    }

    DataFolder folder() {
        return folder;
    }

    Operations operations() {
        return new Operations(node.getSerializationService());
    }

    /** Keeps what was read of a group for the Raft node that is about to be made of it. */
    void found(RecoveredGroup group) {
        recovered.put(Encoding.group(group.key()), group);
    }

    @Override
    public RaftStateStore createRaftStateStore(RaftGroupId groupId, @Nullable LogFileStructure logFileStructure) {
        RecoveredGroup group = recovered.get(groupId);
        return new StateStore(groupId, this, group == null ? null : group.identity());
    }

    GroupLog openLog(RaftGroupId groupId) throws IOException {
        RecoveredGroup group = recovered.remove(groupId);
        // The groups' own group changes Hazelcast's state, which only Hazelcast can bring up to date.
        boolean everyState = groupId.getName().equals(CPGroup.METADATA_CP_GROUP_NAME);
        GroupLog log = group == null
                ? folder.createGroup(Encoding.key(groupId), everyState)
                : folder.openGroup(group, everyState);
        logs.put(groupId, log);
        return log;
    }

    void closed(RaftGroupId groupId) {
        logs.remove(groupId);
    }

    @Nullable
    LogStatus status(RaftGroupId groupId) {
        GroupLog log = logs.get(groupId);
        return log == null ? null : log.status();
    }

    @Nullable
    RaftNodeImpl node(RaftGroupId groupId) {
        RaftService raft = node.getNodeEngine().getService(RaftService.SERVICE_NAME);
        return (RaftNodeImpl) raft.getRaftNode(groupId);
    }

    @Override
    public void removeRaftStateStore(RaftGroupId groupId) {
        try {
            folder.remove(Encoding.key(groupId));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void reset() {
        try {
            folder.reset();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
