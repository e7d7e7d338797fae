package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.Address;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftEndpointImpl;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Holds what is kept of members on disk to the bytes that it had when the format was made. */
class EncodingTest {
    private static final UUID ONE = UUID.fromString("00000000-0000-0001-0000-000000000002");
    private static final UUID TWO = UUID.fromString("00000000-0000-0003-0000-000000000004");

    @Test
    void endpoints_asTheyAreKept_areRead() {
        List<RaftEndpoint> endpoints = List.of(new RaftEndpointImpl(ONE), new RaftEndpointImpl(TWO));
        byte[] bytes = Encoding.endpoints(7, endpoints);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo(
                        "0000000000000007" + "00000000000000010000000000000002" + "00000000000000030000000000000004");
        assertThat(Encoding.endpoints(ByteBuffer.wrap(bytes).position(Long.BYTES)))
                .isEqualTo(endpoints);
        assertThat(Encoding.endpoint(Encoding.endpoint(endpoints.get(0)))).isEqualTo(endpoints.get(0));
    }

    @Test
    void members_asTheyAreKept_areRead() throws Exception {
        CPMemberInfo member = new CPMemberInfo(ONE, new Address("127.0.0.1", 5701));
        byte[] bytes = Encoding.members(9, List.of(member));
        assertThat(bytes).asString().isEqualTo("9\n00000000-0000-0001-0000-000000000002 5701 127.0.0.1\n");
        List<CPMemberInfo> read = new ArrayList<>();
        assertThat(Encoding.members(bytes, read)).isEqualTo(9);
        assertThat(read).containsExactly(member);
    }

    @Test
    void identity_asItIsKept_isReadAndNamesTheClusterInAnyOrder() {
        RaftEndpoint one = new RaftEndpointImpl(ONE);
        RaftEndpoint two = new RaftEndpointImpl(TWO);
        GroupIdentity identity = GroupIdentity.decode(GroupIdentity.encode(two, List.of(two, one)));
        assertThat(identity).isEqualTo(new GroupIdentity(two, List.of(one, two)));
        assertThat(GroupIdentity.cluster(List.of(two, one))).isEqualTo(GroupIdentity.cluster(List.of(one, two)));
    }
}
