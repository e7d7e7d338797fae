package dev.tandem.store.raft.member;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.internal.util.AddressUtil;
import com.hazelcast.spi.impl.NodeEngineImpl;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a member sees its cluster.
 *
 * @param address {@code host:port} that it is known by
 * @param voter its id among those that vote; null if it does not vote
 * @param met the addresses of the members that it has met and not lost since, its own among them
 * @param voters those that vote, as the groups' group has them here; empty on a member that does not vote
 * @param groups how the groups stand here
 */
public record MemberStatus(
        String address, @Nullable UUID voter, List<String> met, List<Voter> voters, List<GroupStatus> groups) {

    /**
     * A member that votes.
     *
     * @param address where it was known last
     * @param isThere whether this member has met it and not lost it since
     */
    public record Voter(UUID id, String address, boolean isThere) {}

    static MemberStatus of(NodeEngineImpl engine, RaftService raft, List<GroupStatus> groups) {
        List<String> met = new ArrayList<>();
        Set<Address> there = new HashSet<>();
        for (Member member : engine.getClusterService().getMembers()) {
            met.add(text(member.getAddress()));
            there.add(member.getAddress());
        }
        List<Voter> voters = new ArrayList<>();
        for (CPMemberInfo known : raft.getMetadataGroupManager().getActiveMembers()) {
            // That group is not told when a voter is back at another address.
            CPMember current =
                    raft.getInvocationManager().getRaftInvocationContext().getCPMember(known.getUuid());
            Address address = current == null ? known.getAddress() : current.getAddress();
            voters.add(new Voter(known.getUuid(), text(address), there.contains(address)));
        }
        CPMemberInfo self = raft.getLocalCPMember();
        return new MemberStatus(
                text(engine.getThisAddress()), self == null ? null : self.getUuid(), met, voters, groups);
    }

    static List<String> missing(NodeEngineImpl engine, List<String> members) {
        Set<String> met = new HashSet<>();
        engine.getClusterService().getMembers().forEach(member -> met.add(text(member.getAddress())));
        List<String> missing = new ArrayList<>();
        for (String member : members) {
            if (addresses(member).stream().noneMatch(met::contains)) {
                missing.add(member);
            }
        }
        return missing;
    }

    /** What a name means just now; none if nobody knows it. */
    private static List<String> addresses(String member) {
        AddressUtil.AddressHolder named = AddressUtil.getAddressHolder(member);
        try {
            List<String> addresses = new ArrayList<>();
            for (InetAddress each : InetAddress.getAllByName(named.getAddress())) {
                addresses.add(text(new Address(each, named.getPort())));
            }
            return addresses;
        } catch (UnknownHostException e) {
            return List.of();
        }
    }

    private static String text(Address address) {
        String host = address.getHost();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }
}
