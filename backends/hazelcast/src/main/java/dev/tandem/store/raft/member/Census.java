package dev.tandem.store.raft.member;

import com.hazelcast.cluster.Address;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.internal.util.AddressUtil;
import com.hazelcast.spi.impl.NodeEngineImpl;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Finds who is there of a cluster's members, as one of them sees it. */
final class Census {
    /** A voter that takes longer to answer is not there. */
    private static final long ANSWER_MILLIS_MAX = 400;

    private final NodeEngineImpl engine;
    private final RaftService raft;

    Census(NodeEngineImpl engine, RaftService raft) {
        this.engine = engine;
        this.raft = raft;
    }

    /** The future completes on {@code context}, and does not fail. */
    Future<MemberStatus> take(ContextInternal context, Supplier<List<GroupStatus>> groups) {
        List<Future<MemberStatus.Voter>> voters = new ArrayList<>();
        for (CPMemberInfo known : raft.getMetadataGroupManager().getActiveMembers()) {
            // That group is not told when a voter is back at another address.
            CPMember current =
                    raft.getInvocationManager().getRaftInvocationContext().getCPMember(known.getUuid());
            Address address = current == null ? known.getAddress() : current.getAddress();
            voters.add(votes(context, address, known.getUuid())
                    .map(isThere -> new MemberStatus.Voter(known.getUuid(), text(address), isThere)));
        }
        return Future.all(voters).map(all -> {
            CPMemberInfo self = raft.getLocalCPMember();
            return new MemberStatus(
                    text(engine.getThisAddress()),
                    self == null ? null : self.getUuid(),
                    met(engine),
                    all.list(),
                    groups.get());
        });
    }

    /** Whether a member that votes answers at {@code address}. */
    private Future<Boolean> votes(ContextInternal context, Address address, UUID voter) {
        if (address.equals(engine.getThisAddress())) {
            CPMemberInfo self = raft.getLocalCPMember();
            return context.succeededFuture(self != null && self.getUuid().equals(voter));
        }
        if (engine.getClusterService().getMember(address) == null) {
            return context.succeededFuture(false);
        }
        Promise<Boolean> votes = context.promise();
        var unused = engine.getOperationService()
                .createInvocationBuilder(RaftService.SERVICE_NAME, new ViewOperation(), address)
                .setTryCount(1)
                .<MemberView>invoke()
                .whenCompleteAsync(
                        (view, failure) ->
                                votes.tryComplete(view != null && !view.groups().isEmpty()),
                        Runnable::run);
        return votes.future().timeout(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS).otherwise(false);
    }

    /** Those of {@code members} that were not met, as they are named there. Blocks while it looks names up. */
    static List<String> missing(NodeEngineImpl engine, List<String> members) {
        Set<String> met = new HashSet<>(met(engine));
        List<String> missing = new ArrayList<>();
        for (String member : members) {
            if (addresses(member).stream().noneMatch(met::contains)) {
                missing.add(member);
            }
        }
        return missing;
    }

    private static List<String> met(NodeEngineImpl engine) {
        return engine.getClusterService().getMembers().stream()
                .map(member -> text(member.getAddress()))
                .toList();
    }

    /** What a name means just now; nothing if nobody knows it. */
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
