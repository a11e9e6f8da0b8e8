export function leastContrast(): { ratio: number; text: string };
export function ground(): string;
export function pageWidth(): number;
export function pictureTitles(): string[];
export function areas(): Record<string, number>;
export function barWidths(): number[];
export function activeParts(): number;
