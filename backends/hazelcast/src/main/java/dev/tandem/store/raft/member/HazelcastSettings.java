package dev.tandem.store.raft.member;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.ConfigAccessor;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.ServiceConfig;
import com.hazelcast.config.cp.RaftAlgorithmConfig;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.internal.config.ServicesConfig;
import com.hazelcast.internal.services.ManagedService;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperty;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;

/** Hazelcast's settings: what it needs for Raft groups among members that are named, and nothing else that it could do. */
final class HazelcastSettings {
    /**
     * A group's work is done on the thread of the partition that has its number, and the groups' own group has number 0. The
     * same whatever the number of groups is, so that it is this module that refuses another number, and says what it is about.
     */
    private static final int PARTITIONS = RaftMemberOptions.GROUPS_MAX + 1;

    /** Threads on which the groups' work is done, for as many groups; one of them waits for the disk now and then. */
    private static final int GROUP_THREADS_MAX = 8;

    /** How many entries a follower is sent at once; each of them may have 1 MiB, and there are several followers. */
    private static final int APPEND_ENTRIES_MAX = 8;

    /** How long a member that starts looks for others before it takes itself for the first; all that meet agree on one. */
    private static final int ALONE_SECONDS = 1;

    /** How long Hazelcast's own calls wait before they are tried again; tasks' calls have a way of their own. */
    private static final int RETRY_MILLIS = 100;

    /**
     * How long, at most, one that wants to lead the list of members asks the others; and, for Hazelcast, also how often. Those
     * find out up to a second later that the one before is gone, and refuse until then. One that has asked in vain goes on
     * without them, and the members that are left fall apart.
     */
    private static final int MASTERSHIP_SECONDS = 60;

    private static final int CLOSE_SECONDS_MAX = 10;
    private static final int JOIN_SECONDS_MAX = 20;

    /** How often Hazelcast moves leaders from members that have more of them than others. {@link LeaderBalance} does that. */
    private static final String REBALANCE = "hazelcast.raft.leadership.rebalance.period";

    private HazelcastSettings() {}

    /** @throws UnknownHostException if the member's own name means no address */
    static Config of(RaftMemberOptions options, Map<String, ? extends ManagedService> services)
            throws UnknownHostException {
        Config config = new Config();
        config.setClusterName(options.cluster());
        config.getJetConfig().setEnabled(false);
        config.getMetricsConfig().setEnabled(false);
        config.getIntegrityCheckerConfig().setEnabled(false);
        network(config, options);
        raft(config, options);
        threads(config, options);
        timings(config, options.timings());
        ServicesConfig hosted = ConfigAccessor.getServicesConfig(config);
        // Made by Hazelcast, in the place of its own.
        hosted.addServiceConfig(new ServiceConfig()
                .setEnabled(true)
                .setName(RaftService.SERVICE_NAME)
                .setClassName(CatchUpService.class.getName()));
        services.forEach((name, service) -> hosted.addServiceConfig(
                new ServiceConfig().setEnabled(true).setName(name).setImplementation(service)));
        return config;
    }

    /** One socket, for members alone: there is no port for clients, REST or memcached. */
    private static void network(Config config, RaftMemberOptions options) throws UnknownHostException {
        // Others may know this member by a name. What members tell each other are addresses.
        String own = InetAddress.getByName(options.host()).getHostAddress();
        ServerSocketEndpointConfig socket = new ServerSocketEndpointConfig();
        socket.setPort(options.port()).setPortAutoIncrement(false).setReuseAddress(true);
        socket.setPublicAddress((own.indexOf(':') < 0 ? own : "[" + own + "]") + ":" + options.port());
        // Not by the socket's interfaces: with these, members that are listed by name are looked for on this machine
        // alone.
        config.setProperty("hazelcast.local.localAddress", own);
        AdvancedNetworkConfig network = config.getAdvancedNetworkConfig();
        network.setEnabled(true).setMemberEndpointConfig(socket);
        network.getEndpointConfigs().keySet().removeIf(qualifier -> !qualifier.equals(socket.getQualifier()));
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig()
                .setEnabled(true)
                .setConnectionTimeoutSeconds(ALONE_SECONDS)
                .setMembers(options.members());
        config.setProperty("hazelcast.socket.bind.any", "false");
    }

    private static void raft(Config config, RaftMemberOptions options) {
        RaftMemberOptions.Timings timings = options.timings();
        config.getCPSubsystemConfig()
                .setCPMemberCount(options.votingMembers())
                .setGroupSize(options.votingMembers())
                // A member that is away comes back with its log; nobody is voted out without being asked for.
                .setMissingCPMemberAutoRemovalSeconds(0)
                .setFailOnIndeterminateOperationState(true);
        RaftAlgorithmConfig raft = config.getCPSubsystemConfig().getRaftAlgorithmConfig();
        raft.setLeaderElectionTimeoutInMillis(timings.election().toMillis());
        raft.setLeaderHeartbeatPeriodInMillis(timings.heartbeat().toMillis());
        raft.setMaxMissedLeaderHeartbeatCount(timings.heartbeatsMissed());
        raft.setCommitIndexAdvanceCountToSnapshot(options.snapshotEntries());
        raft.setUncommittedEntryCountToRejectNewAppends(options.uncommittedEntriesMax());
        raft.setAppendRequestMaxEntryCount(APPEND_ENTRIES_MAX);
        config.setProperty(REBALANCE, Integer.toString(Integer.MAX_VALUE));
    }

    private static void threads(Config config, RaftMemberOptions options) {
        set(config, ClusterProperty.PARTITION_COUNT, PARTITIONS);
        set(
                config,
                ClusterProperty.PARTITION_OPERATION_THREAD_COUNT,
                Math.min(options.groups() + 1, GROUP_THREADS_MAX));
        set(config, ClusterProperty.GENERIC_OPERATION_THREAD_COUNT, 2);
        set(config, ClusterProperty.IO_THREAD_COUNT, 1);
        // Answers are taken where they are read: one hop less.
        set(config, ClusterProperty.RESPONSE_THREAD_COUNT, 0);
        set(config, ClusterProperty.EVENT_THREAD_COUNT, 1);
        set(config, ClusterProperty.SLOW_OPERATION_DETECTOR_ENABLED, false);
        set(config, ClusterProperty.HEALTH_MONITORING_LEVEL, "OFF");
        set(config, ClusterProperty.PHONE_HOME_ENABLED, false);
        set(config, ClusterProperty.SHUTDOWNHOOK_ENABLED, false);
        set(config, ClusterProperty.LOGGING_TYPE, "slf4j");
        set(config, ClusterProperty.LOGGING_ENABLE_DETAILS, false);
    }

    private static void timings(Config config, RaftMemberOptions.Timings timings) {
        long gone = Math.max(1, timings.gone().toSeconds());
        long rejoin = Math.max(1, timings.rejoin().toSeconds());
        set(config, ClusterProperty.WAIT_SECONDS_BEFORE_JOIN, 0);
        set(config, ClusterProperty.MAX_WAIT_SECONDS_BEFORE_JOIN, JOIN_SECONDS_MAX);
        // A member whose address refuses connections this often, and as far apart, is gone.
        set(config, ClusterProperty.CONNECTION_MONITOR_INTERVAL, 50);
        set(config, ClusterProperty.CONNECTION_MONITOR_MAX_FAULTS, 2);
        set(config, ClusterProperty.HEARTBEAT_INTERVAL_SECONDS, 1);
        set(config, ClusterProperty.MAX_NO_HEARTBEAT_SECONDS, gone);
        set(config, ClusterProperty.MASTERSHIP_CLAIM_TIMEOUT_SECONDS, MASTERSHIP_SECONDS);
        set(config, ClusterProperty.MERGE_FIRST_RUN_DELAY_SECONDS, rejoin);
        set(config, ClusterProperty.MERGE_NEXT_RUN_DELAY_SECONDS, rejoin);
        set(config, ClusterProperty.INVOCATION_RETRY_PAUSE, RETRY_MILLIS);
        set(
                config,
                ClusterProperty.OPERATION_CALL_TIMEOUT_MILLIS,
                timings.call().toMillis());
        set(config, ClusterProperty.GRACEFUL_SHUTDOWN_MAX_WAIT, CLOSE_SECONDS_MAX);
    }

    private static void set(Config config, HazelcastProperty property, Object value) {
        config.setProperty(property.getName(), String.valueOf(value));
    }
}
