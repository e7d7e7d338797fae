package dev.tandem.store.raft.member;

import com.hazelcast.cluster.Address;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftEndpointImpl;
import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import dev.tandem.store.raft.log.GroupKey;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Members and groups as they are kept on disk: as little as can be, in a form that is ours. */
final class Encoding {
    private static final int UUID_BYTES = 2 * Long.BYTES;

    private Encoding() {}

    static GroupKey key(RaftGroupId group) {
        return new GroupKey(group.getName(), group.getSeed(), group.getId());
    }

    static RaftGroupId group(GroupKey key) {
        return new RaftGroupId(key.name(), key.seed(), key.id());
    }

    static byte[] endpoint(RaftEndpoint endpoint) {
        return put(ByteBuffer.allocate(UUID_BYTES), endpoint.getUuid()).array();
    }

    static @Nullable RaftEndpoint endpoint(byte @Nullable [] bytes) {
        return bytes == null ? null : new RaftEndpointImpl(uuid(ByteBuffer.wrap(bytes)));
    }

    /** A number, and endpoints in their order. */
    static byte[] endpoints(long number, Collection<? extends RaftEndpoint> endpoints) {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + UUID_BYTES * endpoints.size());
        bytes.putLong(number);
        endpoints.forEach(endpoint -> put(bytes, endpoint.getUuid()));
        return bytes.array();
    }

    static List<RaftEndpoint> endpoints(ByteBuffer bytes) {
        List<RaftEndpoint> endpoints = new ArrayList<>();
        while (bytes.hasRemaining()) {
            endpoints.add(new RaftEndpointImpl(uuid(bytes)));
        }
        return endpoints;
    }

    /** A number, and members in their order. */
    static byte[] members(long number, Collection<? extends CPMember> members) {
        StringBuilder lines = new StringBuilder().append(number).append('\n');
        for (CPMember member : members) {
            Address address = member.getAddress();
            lines.append(member.getUuid())
                    .append(' ')
                    .append(address.getPort())
                    .append(' ')
                    .append(address.getHost())
                    .append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Adds the members to {@code members}, and returns the number. */
    static long members(byte[] bytes, Collection<? super CPMemberInfo> members) throws IOException {
        List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
        for (String line : lines.subList(1, lines.size())) {
            String[] words = line.split(" ", 3);
            members.add(new CPMemberInfo(UUID.fromString(words[0]), address(words[2], Integer.parseInt(words[1]))));
        }
        return Long.parseLong(lines.get(0));
    }

    private static Address address(String host, int port) {
        try {
            return new Address(host, port);
        } catch (UnknownHostException e) {
            return Address.createUnresolvedAddress(host, port);
        }
    }

    private static ByteBuffer put(ByteBuffer bytes, UUID uuid) {
        return bytes.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    }

    private static UUID uuid(ByteBuffer bytes) {
        return new UUID(bytes.getLong(), bytes.getLong());
    }
}
