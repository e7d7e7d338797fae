package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.persistence.CPMetadataStore;
import dev.tandem.store.raft.log.DataFolder;
import dev.tandem.store.raft.log.GroupKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Who this member is among those that vote, and who they are, in the data folder. */
final class MetadataStore implements CPMetadataStore {
    private static final String MEMBER = "member";
    private static final String MEMBERS = "members";
    private static final String METADATA_GROUP = "metadata-group";

    private final DataFolder folder;

    /** Not kept: a member that does not vote asks again at each start. */
    private volatile boolean nonVoting;

    private volatile BooleanSupplier seesVoters = () -> false;

    MetadataStore(DataFolder folder) {
        this.folder = folder;
    }

    /** Sets how to find out whether there are members that have voted before. */
    void lookAround(BooleanSupplier seesVoters) {
        this.seesVoters = seesVoters;
    }

    /**
     * Asked when the members of a first start are to be agreed on. A member with an empty folder must not begin a second
     * cluster with members that come back with their data, which it may meet before these have found each other.
     */
    @Override
    public boolean isMarkedAPMember() {
        return nonVoting || (!containsLocalMemberFile() && seesVoters.getAsBoolean());
    }

    @Override
    public boolean tryMarkAPMember() throws IOException {
        if (containsLocalMemberFile()) {
            return false;
        }
        nonVoting = true;
        return true;
    }

    @Override
    public boolean containsLocalMemberFile() {
        try {
            return folder.value(MEMBER) != null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void persistLocalCPMember(CPMember member) throws IOException {
        nonVoting = false;
        folder.keep(MEMBER, Encoding.members(0, List.of(member)));
    }

    @Override
    public @Nullable CPMemberInfo readLocalCPMember() throws IOException {
        byte[] bytes = folder.value(MEMBER);
        if (bytes == null) {
            return null;
        }
        List<CPMemberInfo> members = new ArrayList<>();
        Encoding.members(bytes, members);
        return members.get(0);
    }

    @Override
    public void persistActiveCPMembers(Collection<? extends CPMember> members, long commitIndex) throws IOException {
        folder.keep(MEMBERS, Encoding.members(commitIndex, members));
    }

    @Override
    public long readActiveCPMembers(Collection<CPMember> members) throws IOException {
        byte[] bytes = folder.value(MEMBERS);
        return bytes == null ? 0 : Encoding.members(bytes, members);
    }

    @Override
    public void persistMetadataGroupId(RaftGroupId groupId) throws IOException {
        GroupKey key = Encoding.key(groupId);
        String words = key.name() + " " + key.seed() + " " + key.id();
        folder.keep(METADATA_GROUP, words.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public @Nullable RaftGroupId readMetadataGroupId() throws IOException {
        byte[] bytes = folder.value(METADATA_GROUP);
        if (bytes == null) {
            return null;
        }
        String[] words = new String(bytes, StandardCharsets.UTF_8).split(" ", 3);
        return new RaftGroupId(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]));
    }
}
