package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroup;
import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import dev.tandem.store.raft.log.DataFolderException;
import dev.tandem.store.raft.log.FolderIdentity;
import dev.tandem.store.raft.log.RecoveredGroup;
import dev.tandem.store.raft.log.StoppedFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The logs in the folders of stopped members of one cluster, by their groups. */
final class StoppedLogs {
    /** Of two logs, the further one has all that is committed of the other. */
    private static final Comparator<Log> BY_PROGRESS = Comparator.<Log>comparingInt(
                    log -> log.group().lastTerm())
            .thenComparingLong(log -> log.group().lastIndex());

    private final FolderIdentity identity;
    private final List<Path> folders;
    private final Map<Integer, List<Log>> logs = new TreeMap<>();

    private StoppedLogs(FolderIdentity identity, List<Path> folders) {
        this.identity = identity;
        this.folders = folders;
    }

    /** One member's log of one group. */
    record Log(Path folder, RecoveredGroup group) {
        private RaftEndpoint member() {
            return GroupIdentity.decode(group.identity()).self();
        }
    }

    /**
     * Reads the folders.
     *
     * @throws DataFolderException if they are damaged, or not of one cluster
     */
    static StoppedLogs of(List<StoppedFolder> folders) throws IOException {
        if (folders.isEmpty()) {
            throw new IllegalArgumentException("no folder is named");
        }
        StoppedFolder first = folders.get(0);
        StoppedLogs logs = new StoppedLogs(
                first.identity(), folders.stream().map(StoppedFolder::path).toList());
        UUID cluster = null;
        for (StoppedFolder folder : folders) {
            checkNames(first, folder);
            List<RecoveredGroup> groups = folder.groups();
            UUID found = cluster(folder.path(), groups);
            if (cluster != null && !cluster.equals(found)) {
                throw new DataFolderException(
                        first.path() + " and " + folder.path() + " belong to two clusters that are both called "
                                + first.identity().cluster() + ". Name folders of one cluster");
            }
            cluster = found;
            groups.forEach(group -> logs.add(new Log(folder.path(), group)));
        }
        return logs;
    }

    private static void checkNames(StoppedFolder first, StoppedFolder other) throws DataFolderException {
        FolderIdentity one = first.identity();
        FolderIdentity two = other.identity();
        if (!one.cluster().equals(two.cluster()) || one.groups() != two.groups()) {
            throw new DataFolderException(named(first) + ", and " + named(other) + ". Name folders of one cluster");
        }
    }

    private static String named(StoppedFolder folder) {
        return folder.path() + " belongs to the cluster " + folder.identity().cluster() + ", groups: "
                + folder.identity().groups();
    }

    /** Which cluster it is, by the group that all members which vote are in. */
    private static UUID cluster(Path folder, List<RecoveredGroup> groups) throws DataFolderException {
        for (RecoveredGroup group : groups) {
            if (group.key().name().equals(CPGroup.METADATA_CP_GROUP_NAME)) {
                return GroupIdentity.cluster(
                        GroupIdentity.decode(group.identity()).initial());
            }
        }
        throw new DataFolderException(folder + " holds no groups, as its member did not vote. Leave it out");
    }

    private void add(Log log) {
        RaftGroupId id = Encoding.group(log.group().key());
        if (RaftMember.isNumbered(id)) {
            logs.computeIfAbsent(RaftMember.number(id), number -> new ArrayList<>())
                    .add(log);
        }
    }

    String cluster() {
        return identity.cluster();
    }

    int groups() {
        return identity.groups();
    }

    /**
     * The log of a group that is furthest.
     *
     * @throws DataFolderException if no folder has one
     */
    Log furthest(int group) throws DataFolderException {
        @Nullable List<Log> some = logs.get(group);
        if (some == null) {
            throw new DataFolderException("group " + group + " of " + identity.groups() + " is not in "
                    + String.join(", ", folders.stream().map(Path::toString).toList())
                    + ". Name the folder of another member as well");
        }
        return some.stream().max(BY_PROGRESS).orElseThrow();
    }

    /** How many of these members have a log of the group here. */
    int countOf(int group, Collection<RaftEndpoint> members) {
        return (int) logs.getOrDefault(group, List.of()).stream()
                .map(Log::member)
                .filter(members::contains)
                .distinct()
                .count();
    }
}
