import { z } from 'zod';

export const placeKinds = ['shop', 'warehouse', 'pickup', 'cafe'] as const;
export type PlaceKind = (typeof placeKinds)[number];

export const placeServices = ['sale', 'pickup', 'try-on', 'return', 'ship', 'cafe'] as const;
export type PlaceService = (typeof placeServices)[number];
