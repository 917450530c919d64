/** The core's statistics in the vendor's shape. */
import type { Explanation, StreamStats, TrackStats, TransportStats as CoreTransportStats, VideoQuality } from "../core/index";
import type { NetworkCondition, PublisherStats, SubscriberStats, TransportStats, VideoQualityReason } from "./types/opentok-api";

/** The path to this subscriber is the local one; lost packets may be the publisher's. */
const DEGRADED_BY = { none: "none", unknown: "none", bandwidth: "local", packetLoss: "bothOrUnclear" } as const;

/** The server knows what the path to the subscriber carries, the browser does not. */
export function subscriberStats(stats: StreamStats, explanation?: Explanation): SubscriberStats {
  const { audio, video } = stats;
  const path = { ...stats.transport, availableOutgoingBitrate: explanation?.estimatedBitrate ?? stats.transport.availableOutgoingBitrate };
  const transport = transportStats(path, [audio, video], explanation?.quality ?? "good", explanation?.limitedBy === "bandwidth");
  // The vendor leaves out the track that does not exist, against its own declaration; pages test for it.
  return {
    timestamp: stats.timestamp,
    ...(audio && { audio: incoming(audio) }),
    ...(video && {
      video: {
        ...incoming(video),
        frameRate: video.frameRate,
        decodedFrameRate: video.frameRate,
        codec: video.codec ?? "",
        width: video.width,
        height: video.height,
        bitrate: video.bitrate,
        totalBitrate: video.bitrate,
        pauseCount: video.pauseCount,
        totalPausesDuration: video.pauseDurationMs,
        freezeCount: video.freezeCount,
        totalFreezesDuration: video.freezeDurationMs,
      },
    }),
    mediaLink: {
      transport,
      remotePublisherTransport: { connectionEstimatedBandwidth: 0, networkCondition: "unknown", networkConditionReason: "unknown" },
      networkDegradationSource: DEGRADED_BY[transport.networkConditionReason],
    },
  } as SubscriberStats;
}

export function publisherStats(stats: StreamStats, quality: VideoQuality): PublisherStats {
  const { audio, video } = stats;
  const transport = transportStats(stats.transport, [audio, video], quality, video?.limitedBy === "bandwidth");
  return {
    timestamp: stats.timestamp,
    ...(audio && { audio: outgoing(audio) }),
    ...(video && {
      video: {
        ...outgoing(video),
        frameRate: video.frameRate,
        layers: video.layers.map((layer) => ({
          codec: layer.codec ?? "",
          width: layer.width,
          height: layer.height,
          encodedFrameRate: layer.frameRate,
          bitrate: layer.bitrate,
          totalBitrate: layer.bitrate,
          ...(layer.scalabilityMode && { scalabilityMode: layer.scalabilityMode }),
          ...(layer.limitedBy && { qualityLimitationReason: layer.limitedBy as VideoQualityReason }),
        })),
      },
    }),
    mediaLink: { transport },
    transportStats: transport,
  } as PublisherStats;
}

function incoming({ bytes, packets, packetsLost }: TrackStats) {
  return { bytesReceived: bytes, packetsReceived: packets, packetsLost };
}

function outgoing({ bytes, packets, packetsLost }: TrackStats) {
  return { bytesSent: bytes, packetsSent: packets, packetsLost };
}

/** Worst first. */
const CONDITIONS: NetworkCondition[] = ["critical", "warning", "fair", "good", "excellent"];
const LOSS_PERCENT: Partial<Record<NetworkCondition, number>> = { critical: 10, warning: 5, fair: 2, good: 0.5 };
const CONDITION_OF_PICTURE: Record<VideoQuality, NetworkCondition> = { suspended: "critical", endangered: "warning", good: "excellent" };

/** As good as the worst that is known of the path: what it loses, and whether the picture fits. */
function transportStats(transport: CoreTransportStats, tracks: (TrackStats | undefined)[], quality: VideoQuality, limitsPicture: boolean): TransportStats {
  const loss = Math.max(0, ...tracks.map((track) => track?.lossPercent ?? 0));
  const isNarrow = limitsPicture || quality !== "good";
  const seen: NetworkCondition[] = [
    CONDITIONS.find((condition) => loss > (LOSS_PERCENT[condition] ?? -1))!,
    CONDITION_OF_PICTURE[quality],
    isNarrow ? "fair" : "excellent",
  ];
  return {
    connectionEstimatedBandwidth: transport.availableOutgoingBitrate ?? 0,
    networkCondition: transport.rttMs === undefined ? "unknown" : CONDITIONS.find((condition) => seen.includes(condition))!,
    networkConditionReason: transport.rttMs === undefined ? "unknown" : isNarrow ? "bandwidth" : loss > 2 ? "packetLoss" : "none",
  };
}
